package chat

import "github.com/sluice-gateway/sluice/sdk"

// WriteText adds the text of a message's content, a string or a list of parts, as a part of a JSON string. Parts that
// are not text are left out.
func WriteText(o *sdk.Out, content sdk.Value) {
	o.Content(content)
	for part := content.First(); part.Exists(); part = part.Next() {
		if part.IsString() {
			o.Content(part)
		} else if part.Get(keyType).Is(typeText) {
			o.Content(part.Get(keyText))
		}
	}
}

// OnlyText reports whether a message's content has no other parts than text.
func OnlyText(content sdk.Value) bool {
	for part := content.First(); part.Exists(); part = part.Next() {
		if !part.IsString() && !part.Get(keyType).Is(typeText) {
			return false
		}
	}
	return true
}

// WritePrompt adds the prompt of a completions request, as the messages of a chat request, a single one of the user's.
// It reports false, having added nothing, when the prompt is not one text: several prompts, or tokens.
func WritePrompt(o *sdk.Out, prompt sdk.Value) bool {
	if prompt.IsArray() && prompt.Count() == 1 {
		prompt = prompt.First()
	}
	if !prompt.IsString() {
		return false
	}
	o.Lit(`[{"role":"user","content":`).Raw(prompt).Lit(`}]`)
	return true
}
