package sdk

import (
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// FetchRequest is one HTTP call to an upstream that the manifest names in needs.upstreams. The gateway knows where it is
// and adds the credential. Redirects are not followed.
type FetchRequest struct {
	Upstream string
	Method   string   // default POST with a body, else GET
	Path     string   // path and query after the upstream's URL
	Headers  []string // "name: value"; content-type is application/json unless there is another
	Body     string
	Out      *Out // the body when it is not nil: pieces of the event's document and of replies don't pass through the plugin
	Timeout  int  // milliseconds; default, and most, is the upstream's own
	MaxBytes int  // of the reply; default, and most, is the upstream's own
}

// FetchReply is what a call brought. It is valid during the hook.
type FetchReply struct {
	Status int   // the HTTP status; 0 when there is no reply
	Err    error // why there is none: a *FetchError

	upstream string
	doc      Document // without an id while there is none
	size     uint32
}

// Doc returns the body, which does not exist when it is not JSON.
func (r *FetchReply) Doc() Value { return r.doc.Root() }

// Text returns the body. It copies from the host: prefer Doc.
func (r *FetchReply) Text() string {
	if r.doc.id == 0 || r.size == 0 {
		return ""
	}
	return string(r.doc.bytes(0, r.size))
}

// FetchError tells why a call brought no reply.
type FetchError struct {
	Upstream string
	Why      hostabi.CallError // 0 when the host did not begin the call
	Refusal  Refusal           // then the reason
}

func (e *FetchError) Error() string {
	why := e.Refusal.Error()
	switch e.Why {
	case hostabi.CallFailed:
		why = "no connection, or it broke"
	case hostabi.CallTimeout:
		why = "no reply in time"
	case hostabi.CallTooLarge:
		why = "the reply is too large"
	case hostabi.CallRefused:
		why = "the address may not be called"
	}
	return "call of " + e.Upstream + ": " + why
}

// Fetch makes a call and waits for the reply. The plugin must have Calls; others use the instance meanwhile. A status that
// tells of an error is a reply like any other.
func (e *Exchange) Fetch(r FetchRequest) (*FetchReply, error) {
	t := e.waiting("Fetch")
	reply := t.answer()
	t.call(&r, reply)
	t.park()
	return reply, reply.Err
}

// FetchAll makes calls at the same time and waits for all replies, which come in the order of the requests.
func (e *Exchange) FetchAll(requests ...FetchRequest) []FetchReply {
	t := e.waiting("Fetch")
	replies := make([]FetchReply, len(requests))
	for i := range requests {
		t.call(&requests[i], &replies[i])
	}
	t.park()
	return replies
}

// call begins a call, unless the host refuses it.
func (t *task) call(r *FetchRequest, reply *FetchReply) {
	reply.upstream = r.Upstream
	id := t.exchange.call(r)
	if id < 0 {
		reply.Err = &FetchError{Upstream: r.Upstream, Refusal: Refusal(-id)}
		return
	}
	t.waits = append(t.waits, wait{uint32(id), reply})
}

// receive fills in what a call brought.
func (r *FetchReply) receive(a *arrival) {
	r.Status = int(a.header.Status)
	if r.Status == 0 {
		r.Err = &FetchError{Upstream: r.upstream, Why: hostabi.CallError(a.header.Name)}
		return
	}
	r.size = a.header.Bytes
	r.doc = Document{id: a.header.Doc, ctx: a.ctx, doc: tape.Doc{Src: a.src, Nodes: a.nodes}}
}

// keep takes a copy of what lies in the event buffer, before another event comes.
func (r *FetchReply) keep() { r.doc.doc.Nodes = slices.Clone(r.doc.doc.Nodes) }

// Sleep waits for 1 to 60,000 milliseconds. The plugin must have Calls.
func (e *Exchange) Sleep(milliseconds int) error {
	t := e.waiting("Sleep")
	id := hostTimer(e.ctx, milliseconds)
	if id < 0 {
		return refused(id)
	}
	t.waits = append(t.waits, wait{id: uint32(id)})
	t.park()
	return nil
}

func (e *Exchange) waiting(what string) *task {
	if e.task == nil {
		panic("sdk: " + what + " needs Calls: true where the plugin is registered")
	}
	return e.task
}

// bare is the body of a request without an Out.
var bare Out

func (e *Exchange) call(r *FetchRequest) int32 {
	body := r.Out
	if body == nil {
		bare.Reset()
		body = &bare
		if r.Body != "" {
			body.Lit(r.Body)
		}
	}
	return hostCall(e.ctx, r, headerLines(r.Headers, len(body.ops) > 0), body)
}

// headerLines joins headers as the host wants them.
func headerLines(headers []string, body bool) string {
	const typed = "content-type:"
	lines := ""
	for _, h := range headers {
		if len(h) >= len(typed) && equalFold(h[:len(typed)], typed) {
			body = false
		}
		if lines != "" {
			lines += "\n"
		}
		lines += h
	}
	if body && lines != "" {
		lines += "\n"
	}
	if body {
		lines += typed + " application/json"
	}
	return lines
}

// equalFold compares with a text in small letters.
func equalFold(s, small string) bool {
	for i := range len(s) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != small[i] {
			return false
		}
	}
	return true
}
