package endpoint

import (
	"bytes"

	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var (
	keyMessage          = tape.MustIntern("message")
	keyDelta            = tape.MustIntern("delta")
	keyContent          = tape.MustIntern("content")
	keyReasoningContent = tape.MustIntern("reasoning_content")
	keyText             = tape.MustIntern("text")
	keyName             = tape.MustIntern("name")
	keyToolCalls        = tape.MustIntern("tool_calls")
	keyFunction         = tape.MustIntern("function")
	keyArguments        = tape.MustIntern("arguments")
)

// each calls f with the elements of an array that is not one of numbers; nothing else has any.
func each(d *tape.Doc, array int, f func(i int)) {
	if array < 0 || d.Nodes[array].Kind != tape.Array {
		return
	}
	for i := array + 1; i < int(d.Nodes[array].Next); i = int(d.Nodes[i].Next) {
		f(i)
	}
}

// appendText appends the text of a string, or of the text parts of a list.
func appendText(dst []byte, d *tape.Doc, i int) []byte {
	if i < 0 {
		return dst
	}
	n := &d.Nodes[i]
	switch raw := d.Src[n.Off : n.Off+n.Len]; {
	case n.Kind == tape.Array:
		each(d, i, func(part int) { dst = appendText(dst, d, textOf(d, part)) })
	case n.Kind != tape.String:
	case n.Flags&tape.Escaped != 0:
		return tape.AppendUnquoted(dst, raw)
	default:
		return append(dst, raw...)
	}
	return dst
}

// textOf is the string that a member of a list is, or has as its text; -1 when there is none.
func textOf(d *tape.Doc, part int) int {
	if d.Nodes[part].Kind == tape.String {
		return part
	}
	if i := d.Get(part, keyText); i >= 0 && d.Nodes[i].Kind == tape.String {
		return i
	}
	return -1
}

// written is what a model wrote: for the user to read, and for itself and for tools.
type written struct {
	content, other []byte
	several        bool // answers, which are not told apart
}

// add appends the texts of a response, or of an event of a stream.
func (w *written) add(d *tape.Doc) {
	first := true
	each(d, d.Get(0, keyChoices), func(choice int) {
		index, _ := d.Int(d.Get(choice, keyIndex))
		w.several = w.several || index > 0 || !first
		first = false
		w.content = appendText(w.content, d, d.Get(choice, keyText))
		m := d.Get(choice, keyDelta)
		if m < 0 {
			m = d.Get(choice, keyMessage)
		}
		w.content = appendText(w.content, d, d.Get(m, keyContent))
		w.other = appendText(w.other, d, d.Get(m, keyReasoningContent))
		each(d, d.Get(m, keyToolCalls), func(call int) {
			function := d.Get(call, keyFunction)
			w.other = appendText(w.other, d, d.Get(function, keyName))
			w.other = appendText(w.other, d, d.Get(function, keyArguments))
		})
	})
}

// most is how much text is counted token by token: what comes behind is taken for a token per four bytes.
const most = 64 << 10

func countTokens(model string, text []byte) int {
	exact := text[:min(len(text), most)]
	n, _ := catalog.CountText(model, string(exact))
	return n + catalog.Estimate(len(text)-len(exact))
}

// tokens counts what was written.
func (w *written) tokens(model string) int {
	return countTokens(model, w.content) + countTokens(model, w.other)
}

// promptTokens counts the tokens of a request; those of one that was released were estimated then.
func promptTokens(f *pipeline.Flight) int {
	if len(f.Doc.Nodes) == 0 {
		return f.PromptTokens
	}
	return request{&f.Doc, func(text []byte) int { return countTokens(f.Attempt.Model, text) }}.tokens()
}

// notePrompt estimates the tokens of a request that will be released: counting takes too long for what nearly every vendor
// reports.
func notePrompt(f *pipeline.Flight) {
	f.PromptTokens = request{&f.Doc, func(text []byte) int { return catalog.Estimate(len(text)) }}.tokens()
}

// request is a request whose tokens are counted, one way or another.
type request struct {
	*tape.Doc
	count func(text []byte) int
}

func (r request) tokens() int {
	if m := r.Get(0, keyMessages); m >= 0 {
		return r.chat(m)
	}
	for _, key := range [...]tape.Atom{keyPrompt, keyInput} {
		if i := r.Get(0, key); i >= 0 {
			return r.plain(i)
		}
	}
	return 0
}

// chat counts messages as OpenAI does: three tokens around each, and three that open the answer.
func (r request) chat(messages int) int {
	const around, opening = 3, 3
	n := opening
	var text []byte
	each(r.Doc, messages, func(i int) {
		n += around
		for _, key := range [...]tape.Atom{keyRole, keyContent, keyName} {
			text = appendText(text[:0], r.Doc, r.Get(i, key))
			n += r.count(text)
		}
	})
	return n
}

// plain counts a text, tokens, or a list of either.
func (r request) plain(i int) int {
	switch n := &r.Nodes[i]; {
	case n.Kind == tape.Array && n.Flags&tape.Flat != 0:
		return bytes.Count(r.Raw(i), []byte{','}) + 1
	case n.Kind == tape.Array:
		sum := 0
		each(r.Doc, i, func(part int) { sum += r.plain(part) })
		return sum
	}
	return r.count(appendText(nil, r.Doc, i))
}
