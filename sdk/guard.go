package sdk

import "github.com/sluice-gateway/sluice/hostabi"

// Guard looks at the text of requests and responses, wherever it stands in them, and lets it pass, edits it, or blocks
// the exchange:
//
//	var secrets sdk.Set
//
//	func init() { sdk.Protect(sdk.Guard{Configure: configure, Check: check}) }
//
//	func configure(settings sdk.Value) error {
//		secrets = sdk.Words(sdk.WordSet{Words: settings.Named("words").Strings()})
//		return nil
//	}
//
//	func check(t *sdk.Text) error {
//		for _, hit := range t.Match(secrets) {
//			t.Edit(hit, "[REDACTED]")
//		}
//		return nil
//	}
type Guard struct {
	// Configure reads what the operator set, once: an object that the manifest's schema admits. It does not exist when
	// nothing was set.
	Configure func(settings Value) error
	// Check judges a text. An error says that it could not: then the fail mode decides. It is not a block.
	Check func(t *Text) error
	// Calls allows Fetch and Sleep in Check. It then runs as a coroutine, which costs about 1 µs.
	Calls bool
}

// Protect registers the plugin's guard. Call it once, from init.
func Protect(g Guard) {
	serve(g.Configure, g.Calls, hostabi.EventInput, hostabi.EventWindow, func(t *Text) error {
		t.reset()
		if err := g.Check(t); err != nil {
			return err
		}
		return t.finish()
	})
}

// light is Exchange's, with what the text keeps beside it.
func (t *Text) light() bool {
	return t.Exchange.light() && (cap(t.hits)+2*cap(t.pieces)+2*cap(t.edits))*hostabi.HitSize <= lightBytes
}

// Stage is which text a guard is asked about.
type Stage uint8

// Stages.
const (
	StageInput  Stage = 1 + iota // a request's
	StageOutput                  // a complete response's
	StageWindow                  // that of a stream, as far as it has come
)

// Text is what a guard is asked about, in segments, and takes its answer.
type Text struct {
	Exchange
	pieces  []Segment
	hits    []Hit
	edits   []edit
	blocked bool
	wrong   error
}

func (t *Text) reset() {
	clear(t.pieces)
	t.pieces, t.hits, t.blocked, t.wrong = t.pieces[:0], t.hits[:0], false, nil
	t.dropEdits()
}

// Stage returns which text it is.
func (t *Text) Stage() Stage { return Stage(t.event - hostabi.EventInput + 1) }

// Segments returns the pieces of the text, in the order of the document. A Hit's Segment is the index here.
func (t *Text) Segments() []Segment {
	if len(t.pieces) == len(t.segments) {
		return t.pieces
	}
	for i := range t.segments {
		s := &t.segments[i]
		t.pieces = append(t.pieces, Segment{Role: s.Role, Part: s.Part, Choice: int(s.Choice), text: t, index: uint32(i)})
	}
	return t.pieces
}

// Match returns where a set is found, in order. The hits are valid until the next Match. In a stream those are left out
// that lie wholly in what was given out already, and those that reach to the end of a segment which goes on: they come
// again, and may then be longer or not be there.
func (t *Text) Match(set Set) []Hit {
	hits, err := t.search(set, t.hits)
	if err != nil {
		t.wrong = err
	}
	kept := hits[:0]
	for _, h := range hits {
		if s := &t.segments[h.Segment]; h.To > s.Seen && (h.To < s.Len || s.Flags&hostabi.SegmentFinal != 0) {
			kept = append(kept, h)
		}
	}
	t.hits = kept
	return kept
}

// Found returns the text of a hit. It copies from the host.
func (t *Text) Found(h Hit) string {
	return string(t.doc.bytes(t.segments[h.Segment].Off+h.From, h.To-h.From))
}

// Block refuses the exchange with status 400 and a message for the client. Edits are of no account then.
func (t *Text) Block(message string) { t.BlockStatus(400, message) }

// BlockStatus refuses the exchange with a status from 400 to 499 and a message for the client.
func (t *Text) BlockStatus(status int, message string) {
	t.blocked, t.answered = true, true
	t.check(hostBlock(t.ctx, status, message))
}

// Flag lets the text pass but notes a label of 1 to 64 bytes with the verdict. The first 16 are kept.
func (t *Text) Flag(label string) {
	t.answered = true
	if result := hostFlag(t.ctx, label); Refusal(-result) != ErrFull {
		t.check(result)
	}
}

// check notes the first thing that the host refused: then the guard could not do its work.
func (t *Text) check(result int32) {
	if result < 0 && t.wrong == nil {
		t.wrong = refused(result)
	}
}
