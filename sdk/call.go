package sdk

import (
	"math"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Call is one event of one exchange. It is valid during the hook.
type Call struct {
	ctx    uint32
	header hostabi.Header
	doc    Document
	out    Out
	result hostabi.Result
}

// Doc returns the event's document: the request in OpenAI's format, the upstream's reply, or a stream event's data. It
// does not exist when that is not JSON.
func (c *Call) Doc() Value { return c.doc.Root() }

// Bytes returns the event's data as text, for what is not JSON. It copies from the host.
func (c *Call) Bytes() string {
	if c.header.Bytes == 0 {
		return ""
	}
	return string(c.doc.bytes(0, c.header.Bytes))
}

// Size returns the length of the event's data in bytes.
func (c *Call) Size() int { return int(c.header.Bytes) }

// Endpoint returns the API that the client called.
func (c *Call) Endpoint() hostabi.Endpoint { return hostabi.Endpoint(c.header.Endpoint) }

// Vendor returns the index, in the manifest, of the vendor that the exchange goes to.
func (c *Call) Vendor() int { return int(c.header.Vendor) }

// Status returns the upstream's HTTP status.
func (c *Call) Status() int { return int(c.header.Status) }

// Event returns the atom of a stream event's name.
func (c *Call) Event() Atom { return Atom(c.header.Name) }

// Stream reports whether the client asked for a stream.
func (c *Call) Stream() bool { return c.header.Flags&hostabi.FlagStream != 0 }

// DropParams reports whether parameters that the upstream lacks are to be left out instead of refused.
func (c *Call) DropParams() bool { return c.header.Flags&hostabi.FlagDropParams != 0 }

// NoSystem reports whether the model takes no system message.
func (c *Call) NoSystem() bool { return c.header.Flags&hostabi.FlagNoSystem != 0 }

// IncludeUsage reports whether the client asked for usage at the end of the stream.
func (c *Call) IncludeUsage() bool { return c.header.Flags&hostabi.FlagIncludeUsage != 0 }

// Complete reports, in End, whether the upstream said that the stream is complete, rather than just closing it.
func (c *Call) Complete() bool { return c.header.Flags&hostabi.FlagComplete != 0 }

// Attr returns an attribute of the exchange, "" when there is none: "model" (the upstream's name of the model),
// "requested_model", "vendor", "call_id", and each parameter of the deployment that the manifest names in params.
func (c *Call) Attr(name Atom) string { return hostAttr(c.ctx, name) }

// Pass tells that the event's document is to be used as it is.
func (c *Call) Pass() { c.result = hostabi.Pass }

// Out returns an empty Out whose memory is reused; a call has one.
func (c *Call) Out() *Out {
	c.out.Reset()
	return &c.out
}

// Body answers with a document: the upstream's request, or the client's response.
func (c *Call) Body(o *Out) { o.emit(c.ctx, hostabi.OutBody) }

// Emit adds one event to the client's stream.
func (c *Call) Emit(o *Out) { o.emit(c.ctx, hostabi.OutEvent) }

// Repeat declares, in Chunk and before anything is emitted, that further events which differ from this one only in the
// text, not empty, of the string v may be answered likewise without asking the plugin: with Pass, or with the one event that it emits,
// v's new text in the place of the old. The text must reach the answer through Out, as it is written. It may be called
// for up to 4 strings in the order of the document. The promise ends when an event comes that differs in more.
func (c *Call) Repeat(v Value) {
	if v.IsString() {
		hostRepeat(c.ctx, v.node().Off, v.node().Len)
	}
}

// Path sets the path and query of the upstream request, after the base URL. Without it the manifest's path is used.
func (c *Call) Path(path string) { hostSet(c.ctx, hostabi.SetPath, "", path) }

// Header sets a header of the upstream request. Credentials and framing headers are refused.
func (c *Call) Header(name, value string) { hostSet(c.ctx, hostabi.SetHeader, name, value) }

// counters is what the host reads. A guest handles one event at a time.
var counters [hostabi.UsageCounters]uint32

// Usage reports token counts: what the vendor billed, in OpenAI's terms.
func (c *Call) Usage(u Usage) {
	counters = [hostabi.UsageCounters]uint32{
		hostabi.UsagePrompt:     counter(u.Prompt),
		hostabi.UsageCompletion: counter(u.Completion),
		hostabi.UsageCacheRead:  counter(u.CacheRead),
		hostabi.UsageCacheWrite: counter(u.CacheWrite),
		hostabi.UsageReasoning:  counter(u.Reasoning),
	}
	hostUsage(c.ctx, &counters)
}

// counter keeps what a vendor made up from becoming billions of tokens by wrapping around.
func counter(n int64) uint32 { return uint32(min(max(n, 0), math.MaxUint32)) }

// Usage counts tokens. Prompt includes those read from or written to a cache, Completion those spent on reasoning.
type Usage struct {
	Prompt, Completion, CacheRead, CacheWrite, Reasoning int64
}

// Now returns Unix time in seconds.
func Now() int64 { return hostNow() / 1e9 }

// Log writes a line to the plugin's log. Levels are those of log/slog.
func Log(level int, message string) { hostLog(level, message) }

// Error is a refusal that reaches the client with its class's status, or Status when that is from 400 to 599.
type Error struct {
	Class   hostabi.Class
	Status  int
	Message string
}

func (e *Error) Error() string { return e.Message }

// Refuse returns an error of a class.
func Refuse(class hostabi.Class, message string) error { return &Error{Class: class, Message: message} }

// BadRequest returns an error that blames the request.
func BadRequest(message string) error { return Refuse(hostabi.BadRequest, message) }

func fail(ctx uint32, err error) {
	e, ok := err.(*Error)
	if !ok {
		e = &Error{Class: hostabi.InternalServer, Message: err.Error()}
	}
	class, status := e.Class, e.Status
	if class < 0 || class > hostabi.APIError {
		class = hostabi.InternalServer
	}
	if status < 400 || status > 599 {
		status = 0
	}
	hostFail(ctx, class, status, e.Message)
}
