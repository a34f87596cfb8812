package endpoint

import (
	"bytes"

	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var keyChoices = tape.MustIntern("choices")

var keyIndex = tape.MustIntern("index")

// tally watches a stream, to count what it wrote should the vendor not report that.
type tally struct {
	first  []byte // event, of which the usage's own repeats id, created and model
	events int
	text   written
	late   int // events whose text is not kept
	beyond int // bytes of them
	doc    tape.Doc

	counted, then int // tokens, and the events that they were counted of
}

func (t *tally) add(part []byte) {
	for len(part) > 0 {
		event, rest, _ := bytes.Cut(part, []byte("\n\n"))
		part = rest
		if t.first == nil {
			t.first = bytes.Clone(event)
		}
		t.events++
		if len(t.text.content)+len(t.text.other) > most {
			t.late, t.beyond = t.late+1, t.beyond+len(event)
			continue
		}
		if t.doc.Scan(bytes.TrimPrefix(event, []byte("data: "))) == nil {
			t.text.add(&t.doc)
		}
	}
}

// envelope is about how many bytes an event of a stream has around its text.
const envelope = 200

// tokens counts what the stream wrote so far.
func (t *tally) tokens(model string) int {
	if t.then != t.events {
		t.counted, t.then = t.text.tokens(model)+catalog.Estimate(t.beyond-t.late*envelope), t.events
	}
	return t.counted
}

// appendUsage appends the event that ends the stream; nothing when there was no event to go by.
func (t *tally) appendUsage(dst []byte, f *pipeline.Flight) []byte {
	var d, out tape.Doc
	if d.Scan(bytes.TrimPrefix(t.first, []byte("data: "))) != nil || d.Nodes[0].Kind != tape.Object {
		return dst
	}
	usage := estimate(f, t.tokens(f.Attempt.Model))
	patch := tape.Patch{Set: []tape.Alias{{Key: keyChoices, To: "[]"}, {Key: keyUsage, To: usage}}}
	patch.Apply(&out, &d)
	dst = append(dst, "data: "...)
	dst = append(dst, out.Src...)
	return append(dst, "\n\n"...)
}
