package relay

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// writeTexts adds a string with the text of a content that is a list of parts.
func writeTexts(o *sdk.Out, content sdk.Value) {
	o.Lit(`"`)
	chat.WriteText(o, content)
	o.Lit(`"`)
}

// writeThoughts adds reasoning_content with what a content's parts of type thinking think, if there are any.
func writeThoughts(w *sdk.Object, content sdk.Value) {
	if !hasPart(content, typeThinking) {
		return
	}
	o := w.Key("reasoning_content").Lit(`"`)
	for part := content.First(); part.Exists(); part = part.Next() {
		thinking := part.Get(keyThinking)
		o.Content(thinking)
		for t := thinking.First(); t.Exists(); t = t.Next() {
			o.Content(t.Get(keyText))
		}
	}
	o.Lit(`"`)
}

func hasPart(content sdk.Value, kind sdk.Atom) bool {
	for part := content.First(); part.Exists(); part = part.Next() {
		if part.Get(keyType).Is(kind) {
			return true
		}
	}
	return false
}
