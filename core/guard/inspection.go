package guard

import (
	"slices"
	"strings"
	"sync"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/hostabi/window"
)

// Inspection is one exchange under the eyes of its guards. The zero value is ready and lets everything pass; it belongs to
// one goroutine, and is used again after End.
type Inspection struct {
	x      *core.Exchange
	header func(name []byte) (string, bool)
	flags  uint32
	// stop ends what guards wait for: the client left, or their verdict is not needed any more.
	stop    upstream.Canceller
	release func()

	asked   []Request
	choices []Choice
	slots   []*slot // one for each choice, and spare ones
	shown   []*texts
	used    int // how many of shown are of the document at hand
	edits   []window.Edit
	request versions
	reply   versions
	doc     tape.Doc // the response
	beside  sync.WaitGroup
	stream  Stream
}

// Begin chooses the guards of a request: those of the set that are always on, and those that the request names. header
// reads the client's request headers, also from several goroutines, until End; it may be nil. cancel tells when the
// client left; it may be nil. The exchange's endpoint and model must be known.
func (in *Inspection) Begin(s *Set, d *tape.Doc, x *core.Exchange, header func([]byte) (string, bool), cancel *upstream.Canceller) *core.Error {
	var e *core.Error
	if in.asked, e = appendRequests(in.asked[:0], d); e != nil {
		return e
	}
	if in.choices, e = s.Select(in.choices[:0], in.asked); e != nil {
		return e
	}
	in.open(x, header, cancel)
	return nil
}

func (in *Inspection) open(x *core.Exchange, header func([]byte) (string, bool), cancel *upstream.Canceller) {
	if len(in.choices) == 0 {
		return
	}
	in.x, in.header, in.release = x, header, cancel.Attach(&in.stop)
	if x.Stream {
		in.flags = hostabi.FlagStream
	}
	for len(in.slots) < len(in.choices) {
		in.slots = append(in.slots, new(slot))
	}
	for i, s := range in.active() {
		s.Choice, s.in = in.choices[i], in
	}
}

// Active reports whether any guard looks at the exchange.
func (in *Inspection) Active() bool { return len(in.choices) > 0 }

func (in *Inspection) active() []*slot { return in.slots[:len(in.choices)] }

// has reports whether one of the guards has one of the modes.
func (in *Inspection) has(m Mode) bool {
	return slices.ContainsFunc(in.choices, func(c Choice) bool { return c.Guard.Modes&m != 0 })
}

// text is what guards with those roles see of a document. It is collected once.
func (in *Inspection) text(d *tape.Doc, output bool, roles [5]bool) *texts {
	for _, t := range in.shown[:in.used] {
		if t.roles == roles {
			return t
		}
	}
	if in.used == len(in.shown) {
		in.shown = append(in.shown, new(texts))
	}
	t := in.shown[in.used]
	in.used++
	t.read(d, in.x.Endpoint, output, roles)
	return t
}

// Applied lists the guards that looked at the exchange so far, or will look at what is streamed, separated by commas.
func (in *Inspection) Applied() string {
	var names []string
	add := func(name string) {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if in.x == nil {
		return ""
	}
	for i := range in.x.Verdicts {
		if v := &in.x.Verdicts[i]; v.Outcome != core.NotRun && v.Mode != LoggingOnly.String() {
			add(v.Guard)
		}
	}
	for _, s := range in.stream.stages {
		if !s.records && !s.dead {
			add(s.Guard.Name)
		}
	}
	return strings.Join(names, ",")
}

// ReleaseRequest lets go of what was kept of the request of a stream that has begun.
func (in *Inspection) ReleaseRequest() {
	for _, s := range in.active() {
		if s.after() == 0 {
			s.close()
		}
	}
	if in.requestBytes() > keepReleased {
		in.request, in.shown, in.used = versions{}, nil, 0
	}
}

// keepReleased is how much of a request's text is kept while its answer is streamed, as it is to be used again.
const keepReleased = 16 << 10

func (in *Inspection) requestBytes() int {
	n := cap(in.request.texts[0]) + cap(in.request.texts[1])
	for _, t := range in.shown {
		n += cap(t.Src)
	}
	return n
}

// End frees what the inspection held. It may be called twice.
func (in *Inspection) End() {
	if in.x == nil {
		in.asked, in.choices = in.asked[:0], in.choices[:0]
		return
	}
	in.abandon()
	for _, s := range in.active() {
		s.close()
		s.Choice = Choice{}
	}
	for _, t := range in.shown {
		t.reset()
	}
	in.release()
	in.stop.Reset()
	in.stream.reset()
	clear(in.choices)
	clear(in.asked)
	clear(in.edits[:cap(in.edits)])
	in.x, in.header, in.release, in.flags, in.used = nil, nil, nil, 0, 0
	in.asked, in.choices, in.edits = in.asked[:0], in.choices[:0], keep(in.edits)
	in.request.reset()
	in.reply.reset()
	in.doc = tape.Doc{Nodes: keep(in.doc.Nodes)}
}
