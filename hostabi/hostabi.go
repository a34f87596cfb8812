// Package hostabi is the contract between the gateway and its plugins: names, numbers and layouts, version 1.
//
// A plugin is a core WebAssembly module. It exports its memory and the functions named by the Export constants, and
// imports nothing but functions of the module "sluice1" (the Import constants) and a few harmless ones of
// "wasi_snapshot_preview1" (Wasi). The host refuses a module that imports anything else or whose signatures differ.
//
// Integers are little endian. Every import that concerns an exchange takes its context id first. Results are >= 0, or
// a negative Errno. A pointer given to an import is read during that call only. The host writes only into the buffer
// that sluice_buf returned and into memory whose address and size the guest passed.
package hostabi

// Module is the import module's name. It carries the major version: a new major gets a new name and both are served.
const Module = "sluice1"

// Version is what sluice_abi returns: major in the upper 16 bits, minor in the lower.
const Version = 1 << 16

// Names of the functions that a guest exports.
const (
	// ExportABI is sluice_abi() i32: the Version the guest was built for.
	ExportABI = "sluice_abi"
	// ExportBuf is sluice_buf(n i32) ptr: guest-owned scratch of at least n bytes, valid until the next call of
	// sluice_buf. The host puts what an event is about there.
	ExportBuf = "sluice_buf"
	// ExportConfigure is sluice_configure(n i32) i32: called once, after initialisation and before any event, with n
	// bytes of JSON configuration in the buffer. A non-zero result refuses the configuration.
	ExportConfigure = "sluice_configure"
	// ExportEvent is sluice_event(ctx, event, n, flags i32) i32: something happened to an exchange. n bytes (a Header,
	// then tape nodes) are in the buffer. Returns a Result.
	ExportEvent = "sluice_event"
	// ExportRecycle is the optional sluice_recycle() i32: the instance is about to be dropped. Not called after a trap.
	ExportRecycle = "sluice_recycle"
	// ExportMemory is the guest's linear memory.
	ExportMemory = "memory"
	// ExportInitialize is the optional WASI reactor start function _initialize().
	ExportInitialize = "_initialize"
)

// Names of the functions in Module.
const (
	// ImportAtom is atom(ptr, len i32) i32: the atom of a name of 1 to 48 bytes, interned when new. Allowed only
	// before sluice_configure returns; a plugin may add 1024 names.
	ImportAtom = "atom"
	// ImportAttr is attr(ctx, atom, ptr, cap i32) i32: the length of an attribute of the exchange, which is copied to
	// ptr when it fits; ErrnoAbsent when there is none of that name.
	ImportAttr = "attr"
	// ImportBytes is bytes(ctx, doc, off, len, ptr i32) i32: copies a range of a document's source to the guest.
	ImportBytes = "bytes"
	// ImportText is text(ctx, doc, off, len, ptr, cap i32) i32: like bytes for the inside of a JSON string, decoded;
	// returns the decoded length, and copies only when it fits.
	ImportText = "text"
	// ImportParse is parse(ctx, doc, off, len i32) i32: decodes the inside of a JSON string and scans it as
	// a document of its own. Returns its id; ErrnoSyntax when it is not JSON. The tape is fetched with nodes.
	ImportParse = "parse"
	// ImportNodes is nodes(ctx, doc, ptr, cap i32) i32: the number of nodes of a document's tape, which are copied to
	// ptr when cap (in bytes) suffices.
	ImportNodes = "nodes"
	// ImportEmit is emit(ctx, kind, ops, n, lit, len i32) i32: gives out n splice operations over len literal bytes as
	// the Output kind says.
	ImportEmit = "emit"
	// ImportSet is set(ctx, what, name, nlen, value, vlen i32) i32: sets a Setting of the upstream request.
	ImportSet = "set"
	// ImportRepeat is repeat(ctx, off, len i32) i32: declares, while EventChunk is handled and before anything is emitted,
	// that a further event of the same name which differs from this one only in the text, not empty, of the string whose inside lies
	// there is to be answered likewise: with Pass, or with the one event that is emitted, its text in the place of this
	// one's. Up to 4 texts may be declared, in order. The host then answers such events itself, until another one comes.
	// ErrnoInvalid when it can't; the guest loses nothing by ignoring that.
	ImportRepeat = "repeat"
	// ImportFail is fail(ctx, class, status, ptr, len i32) i32: ends the exchange with an error of a Class, an HTTP
	// status (0 = the class's own) and a message.
	ImportFail = "fail"
	// ImportUsage is usage(ctx, ptr, n i32) i32: reports n 32-bit counters, in the order of the Usage constants.
	// Counters that a later call reports replace earlier ones.
	ImportUsage = "usage"
	// ImportNow is now() i64: Unix time in nanoseconds.
	ImportNow = "now"
	// ImportRand is rand(ptr, len i32) i32: fills guest memory with secure random bytes.
	ImportRand = "rand"
	// ImportLog is log(level, ptr, len i32) i32: writes a line to the plugin's log (levels as in log/slog: -4, 0, 4, 8).
	ImportLog = "log"
	// ImportHeader is header(ctx, name, nlen, ptr, cap i32) i32: like attr for a header of the client's request that the
	// plugin was granted; name is in lower case. ErrnoDenied for any other.
	ImportHeader = "header"

	// ImportEdit is edit(ctx, segment, from, to, ptr, len, flags i32) i32: replaces a range of a segment's text, given in
	// bytes, by guest text. Edits come in the order of their positions, don't overlap and don't reach into Seen. flags are
	// reserved and 0.
	ImportEdit = "edit"
	// ImportBlock is block(ctx, status, ptr, len i32) i32: refuses the exchange with an HTTP status from 400 to 499 (0 = 400)
	// and a message for the client.
	ImportBlock = "block"
	// ImportFlag is flag(ctx, ptr, len i32) i32: lets the text pass but notes a label of 1 to 64 bytes with the verdict. A
	// guard may set 16 of them.
	ImportFlag = "flag"

	// ImportMatchSet is match_set(ptr, len i32) i32: compiles the JSON description of a set, words or rules, and returns its
	// id. Allowed only before sluice_configure returns, and only to plugins that were granted match.
	ImportMatchSet = "match_set"
	// ImportMatch is match(ctx, set, segment, hits, cap i32) i32: searches the text of a segment of the event, or of all of
	// them when segment is -1. Returns the number of hits in order; the first cap of them are written as Hit records.
	ImportMatch = "match"
	// ImportMatchText is match_text(set, ptr, len, hits, cap i32) i32: like match for text of the guest's own.
	ImportMatchText = "match_text"

	// ImportCall is http_call(ctx, desc, size i32) i32: starts the HTTP call that an HTTPCall record describes and returns
	// its id. The guest returns Pending; EventCall brings the reply.
	ImportCall = "http_call"
	// ImportTimer is timer(ctx, ms i32) i32: EventTimer comes after 1 to 60,000 milliseconds. Returns its id.
	ImportTimer = "timer"
	// ImportCancel is cancel(ctx, id i32) i32: a call's or timer's event is not wanted any more.
	ImportCancel = "cancel"

	// ImportKVGet is kv_get(ctx, scope, key, klen, ptr, cap i32) i32: the length of a stored value, which is copied to ptr
	// when it fits; ErrnoAbsent when there is none.
	ImportKVGet = "kv_get"
	// ImportKVSet is kv_set(ctx, scope, key, klen, ptr, len, ttl i32) i32: stores a value for ttl milliseconds, 0 = as long
	// as the process and the quota allow. ErrnoLimit when the quota is used up.
	ImportKVSet = "kv_set"
	// ImportKVDelete is kv_delete(ctx, scope, key, klen i32) i32: 1 when there was a value, else 0.
	ImportKVDelete = "kv_delete"
	// ImportKVAdd is kv_add(ctx, scope, key, klen i32, delta i64, ttl, ptr i32) i32: adds to a 64-bit counter, which begins
	// at 0 and lives for ttl milliseconds from then, and writes its new value to ptr. ErrnoInvalid when the value stored
	// there is not a counter. kv_get reads a counter as 8 bytes.
	ImportKVAdd = "kv_add"

	// ImportMetric is metric(kind, name, len i32) i32: declares a metric and returns its id. Allowed only before
	// sluice_configure returns; names are [a-z0-9_]+, of up to 48 bytes, and a plugin has up to 32.
	ImportMetric = "metric"
	// ImportMeasure is measure(id i32, value i64) i32: adds to a counter, sets a gauge.
	ImportMeasure = "measure"
)

// Wasi lists the functions of wasi_snapshot_preview1 that a guest may import. They give clock, randomness and a log;
// there are no files, sockets, arguments or environment variables behind them.
var Wasi = []string{
	"args_get", "args_sizes_get", "clock_res_get", "clock_time_get", "environ_get", "environ_sizes_get",
	"fd_close", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get", "fd_read", "fd_seek",
	"fd_write", "poll_oneoff", "proc_exit", "random_get", "sched_yield",
}

// Event says what happened.
type Event int32

// Events of a provider. They only grow; a guest returns Pass for one it doesn't know.
const (
	// EventRequest brings the client's request in OpenAI's format, model and defaults filled in. The guest answers with
	// the upstream's request: Pass sends the document as it is.
	EventRequest Event = 1 + iota
	// EventResponse brings the complete upstream reply of a call that succeeded. Pass returns it as it is.
	EventResponse
	// EventChunk brings one event of a streamed reply. Pass forwards it, Done stands for what was emitted, maybe nothing.
	EventChunk
	// EventError brings an upstream reply with status >= 400. The guest calls fail; Pass leaves it to the host.
	EventError
	// EventEnd tells that the stream came to its end. The guest may emit what is still owed.
	EventEnd
	// EventCancel tells that the exchange is over though none of EventResponse, EventError and EventEnd said so: the
	// client left, or another provider is tried. Emit, set and fail are refused.
	EventCancel
)

// Events of a guard. The event's document is the text, decoded, of the segments whose records follow the header. The
// guest answers with edits, block or flag; Pass and Done are the same.
const (
	// EventInput brings the text of a request before it is routed.
	EventInput Event = 16 + iota
	// EventOutput brings the text of a complete response.
	EventOutput
	// EventWindow brings text of a stream that was not given out yet, and before it some that was (Seen). Without
	// SegmentFinal more may follow, and the last bytes, as many as the manifest's lookahead, come again.
	EventWindow
)

// Events of the other kinds.
const (
	// EventRecord brings an observer the JSON record of an exchange that is over.
	EventRecord Event = 32 + iota
	// EventRoute brings a router {"model":…,"targets":[{"id":…},…]}. It emits {"order":[indexes],"why":"…"} as a body; Pass
	// leaves the order to the host.
	EventRoute
	// EventAuth brings an auth plugin the facts of a presented credential. It emits the principal as a body, or fails the
	// exchange; Pass leaves the credential to the host.
	EventAuth
)

// Events of all kinds.
const (
	// EventCall brings the reply to an http_call: Header.Status and the body as a document, with its tape when it is JSON.
	// Status 0 means that there is none, and Header.Name is the CallError. Header.Vendor is the call's id. The document and
	// the segments of the event that the guest left Pending are still there.
	EventCall Event = 48 + iota
	// EventTimer tells that a timer ended; Header.Vendor is its id.
	EventTimer
)

// Result is what sluice_event returns; negative results are errors and fail the exchange.
type Result int32

// Results of sluice_event.
const (
	Pass    Result = 0 // unchanged
	Pending Result = 1 // the answer comes with the event of a call or timer; other exchanges use the instance meanwhile
	Done    Result = 2 // answered by imports during the call
)

// Header precedes the tape in the event buffer. Its layout is ABI.
type Header struct {
	Doc      uint32 // id of the event's document; 0 = none
	Nodes    uint32 // records that follow: tape nodes, 0 when the body is not JSON; segments in a guard's events
	Bytes    uint32 // length of the document's source
	Status   uint32 // HTTP status of the reply
	Endpoint uint32 // which API the client called
	Flags    uint32 // Flag bits
	Vendor   uint32 // index into the manifest's vendors; the id of a call or timer
	Name     uint32 // atom of a stream event's name, 0 when unnamed or unknown; the CallError of a call
}

// Segment is a piece of text that a guard sees. Its layout is ABI.
type Segment struct {
	Off     uint32 // where its text begins in the event's document
	Len     uint32 // bytes of text
	ID      uint32 // the same in each event that brings more of the same text
	Seen    uint32 // leading bytes that were given out already: to be read, not to be edited
	NameOff uint32 // where the tool's name begins in the event's document
	NameLen uint16 // 0 = no tool
	Choice  uint16 // index of the answer, where several were asked for
	Role    Role
	Part    Part
	Flags   uint16 // Segment flags
}

// SegmentSize is the size of Segment in bytes.
const SegmentSize = 28

// SegmentFinal says that nothing more of the text follows. It is always set but in EventWindow.
const SegmentFinal uint16 = 1

// Role is whose text a segment is.
type Role uint8

// Roles, as manifests spell them: system (and developer), user (and prompts and inputs without a role), assistant, tool.
const (
	RoleSystem Role = 1 + iota
	RoleUser
	RoleAssistant
	RoleTool
)

// Part is what a segment is a part of.
type Part uint8

// Parts.
const (
	PartText      Part = 1 + iota // content, prompts, inputs
	PartArguments                 // the arguments of a tool call, JSON as the model wrote it
	PartResult                    // what a tool returned
	PartReasoning                 // thinking
)

// Hit is a place that match found. Its layout is ABI.
type Hit struct {
	Segment  uint32 // index of the segment in the event; 0 in text of the guest's own
	From, To uint32 // bytes of its text
	Rule     uint32 // index of the word or rule in the set
}

// HitSize is the size of Hit in bytes.
const HitSize = 16

// HTTPCall describes a call; pointers are into guest memory. Its layout is ABI.
type HTTPCall struct {
	Upstream, UpstreamLen uint32 // the manifest's name of the upstream
	Method, MethodLen     uint32 // "" = POST when there is a body, else GET
	Path, PathLen         uint32 // path and query after the upstream's URL; "" or begins with /
	Headers, HeadersLen   uint32 // lines "name: value", separated by \n; credentials and framing headers are refused
	Ops, OpsLen           uint32 // the body as splice operations: pointer and number
	Lit, LitLen           uint32 // their literal bytes
	Timeout               uint32 // milliseconds; 0 = the upstream's own, which is also the most
	MaxBytes              uint32 // of the reply's body; 0 = the upstream's own, which is also the most
}

// HTTPCallSize is the size of HTTPCall in bytes.
const HTTPCallSize = 56

// CallError is why an http_call brought no reply.
type CallError uint32

// Call errors.
const (
	CallFailed   CallError = 1 + iota // no connection, or it broke
	CallTimeout                       // no complete reply in time
	CallTooLarge                      // the reply has more bytes than allowed
	CallRefused                       // the address is not one that the plugin may call
)

// Scope says whom a stored value belongs to.
type Scope int32

// Scopes.
const (
	ScopeRequest Scope = iota // the exchange; gone when it ends
	ScopeKey                  // the virtual key that made the request
	ScopeGlobal               // the plugin
)

// MetricKind says what measure does.
type MetricKind int32

// Kinds of metrics.
const (
	MetricCounter MetricKind = 1 + iota
	MetricGauge
)

// HeaderSize is the size of Header in bytes.
const HeaderSize = 32

// Flag bits of Header.
const (
	FlagStream       uint32 = 1 << iota // the client asked for a stream
	FlagDropParams                      // leave out parameters that the upstream lacks instead of refusing them
	FlagNoSystem                        // the model takes no system message
	FlagIncludeUsage                    // the client asked for usage at the end of the stream
	FlagComplete                        // EventEnd: the upstream said that the stream is complete, rather than just closing it
)

// Endpoint is the API that the client called.
type Endpoint uint32

// Endpoints.
const (
	Chat Endpoint = 1 + iota
	Completions
	Embeddings
	Moderations
)

// Output says what emit gives out.
type Output int32

// Outputs.
const (
	OutBody  Output = 1 + iota // the upstream's request body, or the client's response body
	OutEvent                   // one event of the client's stream; the host frames it
)

// Setting is a property of the upstream request that a guest may set.
type Setting int32

// Settings. Names and values are checked; credentials and framing headers can't be set.
const (
	SetPath     Setting = 1 + iota // path and query after the base URL; name is unused
	SetHeader                      // a request header
	SetEndpoint                    // reserved: this host refuses it
)

// Usage counters, in the order of ImportUsage.
const (
	UsagePrompt     = iota // prompt tokens, cached ones included
	UsageCompletion        // completion tokens, reasoning included
	UsageCacheRead         // prompt tokens read from a cache
	UsageCacheWrite        // prompt tokens written to a cache
	UsageReasoning         // completion tokens spent on reasoning
	UsageCounters          // how many there are
)

// Class is the kind of an error, as clients of the LiteLLM proxy know them.
type Class int32

// Error classes.
const (
	ClassByStatus Class = iota // the host derives the class from the HTTP status
	BadRequest
	ContextWindowExceeded
	ContentPolicyViolation
	UnsupportedParams
	Authentication
	PermissionDenied
	NotFound
	Timeout
	UnprocessableEntity
	RateLimit
	InternalServer
	APIConnection
	ServiceUnavailable
	APIError
)

// Errno is why an import refused; it is returned negated.
type Errno int32

// Error numbers.
const (
	ErrnoContext Errno = 1 + iota // not the context whose event is being handled
	ErrnoDoc                      // no such document
	ErrnoRange                    // a range outside its document or outside guest memory
	ErrnoAbsent                   // nothing of that name
	ErrnoSyntax                   // not JSON
	ErrnoInvalid                  // an argument that is not allowed
	ErrnoState                    // not allowed now
	ErrnoLimit                    // a limit was reached
	ErrnoDenied                   // not granted to this plugin
)
