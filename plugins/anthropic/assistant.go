package main

import (
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

// assistant writes what the model said before: its thoughts, its text, its calls.
func (w *conversation) assistant() error {
	thoughts := elements(w.m[memberThoughts])
	for t := thoughts; t.Exists(); t = t.Next() {
		w.thought(t)
	}
	if content := w.m[memberContent]; w.last && content.IsString() {
		w.prefill(content, w.m[memberCache])
	} else if err := w.content(roleAssistant, content, w.m[memberCache]); err != nil {
		return err
	}
	function, calls := w.m[memberCall], elements(w.m[memberCalls])
	w.unthought = !thoughts.Exists() && (calls.Exists() || function.IsObject())
	if function.IsObject() {
		w.calls++
		w.block(roleAssistant).Lit(`{"type":"tool_use","id":"call_`).Int(w.calls).Lit(`","name":`)
		if err := w.call(function, sdk.Value{}); err != nil {
			return err
		}
	}
	return w.toolCalls(calls)
}

// toolCalls writes calls, from the first on.
func (w *conversation) toolCalls(c sdk.Value) error {
	for ; c.Exists(); c = c.Next() {
		f := c.Get(keyFunction)
		if !f.IsObject() {
			return w.refuse("a tool call without a function")
		}
		w.block(roleAssistant).Lit(`{"type":"tool_use","id":`).Raw(c.Get(keyID)).Lit(`,"name":`)
		if err := w.call(f, c.Get(keyCacheControl)); err != nil {
			return err
		}
	}
	return nil
}

// thought gives back a block that Anthropic signed. It accepts no others, so what another vendor's model thought is
// left out.
func (w *conversation) thought(block sdk.Value) {
	if block.Get(keySignature).Empty() && !block.Get(keyType).Is(nameRedacted) {
		return
	}
	w.block(roleAssistant).Raw(block)
}

// prefill writes the beginning of the answer that the client wants continued: Anthropic refuses white space at its end.
func (w *conversation) prefill(content, cache sdk.Value) {
	text := content.Text()
	trimmed := strings.TrimRight(text, " \t\r\n")
	switch len(trimmed) {
	case 0:
	case len(text):
		w.text(roleAssistant, content, cache)
	default:
		w.block(roleAssistant).Lit(`{"type":"text","text":`).String(trimmed)
		w.finish(cache)
	}
}

// call writes a function's name and arguments.
func (w *conversation) call(function, cache sdk.Value) error {
	w.o.Raw(function.Get(keyName)).Lit(`,"input":`)
	if err := w.input(function); err != nil {
		return err
	}
	w.finish(cache)
	return nil
}

// input writes the arguments of a call, which OpenAI keeps in a string and Anthropic as an object.
func (w *conversation) input(function sdk.Value) error {
	arguments := function.Get(keyArguments)
	if arguments.IsObject() {
		w.o.Raw(arguments)
		return nil
	}
	if arguments.IsNull() || arguments.IsString() && blank(arguments) {
		w.o.Lit("{}")
		return nil
	}
	if arguments.HoldsObject() {
		w.o.Unquote(arguments)
		return nil
	}
	if reason := checkObject(arguments.Text()); reason != "" {
		return w.refuse("arguments of the call of " + strconv.Quote(function.Get(keyName).Text()) + " are not a JSON object: " + reason)
	}
	w.o.Unquote(arguments)
	return nil
}

// checkObject tells why a text is not a JSON object. It asks the text itself: the host gives no reasons, and parses only
// so many strings of one request, while a conversation may have more calls than that.
func checkObject(text string) (reason string) {
	var d tape.Doc
	if err := d.Scan([]byte(text)); err != nil {
		return err.Error()
	}
	if d.Nodes[0].Kind != tape.Object {
		return "it is another kind of value"
	}
	return ""
}
