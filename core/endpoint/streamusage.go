package endpoint

import (
	"bytes"

	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var keyChoices = tape.MustIntern("choices")

// tally watches a stream whose client asked for the usage, to estimate it should the vendor report none.
type tally struct {
	first         []byte // event, of which the usage's own repeats id, created and model
	events, bytes int
	shortest      int // event: what one has around its text
}

func (t *tally) add(part []byte) {
	for len(part) > 0 {
		event, rest, _ := bytes.Cut(part, []byte("\n\n"))
		part = rest
		if t.first == nil {
			t.first, t.shortest = bytes.Clone(event), len(event)
		}
		t.events++
		t.bytes += len(event)
		t.shortest = min(t.shortest, len(event))
	}
}

// appendUsage appends the event that ends the stream; nothing when there was no event to go by.
func (t *tally) appendUsage(dst []byte, f *pipeline.Flight) []byte {
	var d, out tape.Doc
	if d.Scan(bytes.TrimPrefix(t.first, []byte("data: "))) != nil || d.Nodes[0].Kind != tape.Object {
		return dst
	}
	usage := estimate(f, catalog.Estimate(t.bytes-t.events*t.shortest))
	patch := tape.Patch{Set: []tape.Alias{{Key: keyChoices, To: "[]"}, {Key: keyUsage, To: usage}}}
	patch.Apply(&out, &d)
	dst = append(dst, "data: "...)
	dst = append(dst, out.Src...)
	return append(dst, "\n\n"...)
}
