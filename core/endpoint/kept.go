package endpoint

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// maxKept is how much of a request, and of a response, the spend log keeps: 64 KiB.
const maxKept = 64 << 10

// asked is what a request asks, as the spend log keeps it: as guards left it.
func asked(f *pipeline.Flight) json.RawMessage {
	for _, key := range [...]tape.Atom{keyMessages, keyPrompt, keyInput} {
		if i := f.Doc.Get(0, key); i >= 0 {
			return kept(f.Doc.Raw(i))
		}
	}
	return nil
}

// kept copies JSON that is to be kept; of what is too long the beginning, as a text. What is not JSON is not kept.
func kept(text []byte) json.RawMessage {
	switch {
	case !json.Valid(text):
		return nil
	case len(text) <= maxKept:
		return bytes.Clone(text)
	}
	b := append(make([]byte, 0, maxKept+1024), `{"truncated":true,"bytes":`...)
	b = append(strconv.AppendInt(b, int64(len(text)), 10), `,"beginning":"`...)
	b = tape.AppendQuoted(b, bytes.ToValidUTF8(text[:maxKept], nil))
	return append(b, `"}`...)
}

// response is what a stream wrote, as one response; nil when it wrote several answers.
func (t *tally) response(f *pipeline.Flight) json.RawMessage {
	if t.text.several || t.events == 0 {
		return nil
	}
	object, before, after := "chat.completion", `"message":{"role":"assistant","content":"`, `"}`
	if f.Endpoint == core.Completions {
		object, before, after = "text_completion", `"text":"`, `"`
	}
	b := append([]byte(nil), `{"id":"`...)
	b = append(tape.AppendQuoted(b, []byte(f.Answer.ID)), `","object":"`+object+`","model":"`...)
	b = append(tape.AppendQuoted(b, []byte(f.Answer.Model)), `","choices":[{"index":0,`...)
	b = append(b, before...)
	b = append(tape.AppendQuoted(b, t.text.content), after...)
	b = append(b, `}],"usage":`...)
	return kept(append(appendUsage(b, f), '}'))
}
