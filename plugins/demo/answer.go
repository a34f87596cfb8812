package main

import (
	"strings"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// maxChoices bounds n.
const maxChoices = 16

// answer writes a chat's message or a completion's text, at once or word by word.
func answer(c *sdk.Call) {
	doc := c.Doc()
	said, asked := lastSaid(c.Endpoint(), doc)
	text := words(said)
	usage := sdk.Usage{Prompt: tokens(asked), Completion: tokens(len(text))}
	choices := int(min(max(doc.Get(keyN).Int(), 1), maxChoices))
	tool := toolToCall(doc)
	if c.Stream() {
		stream(c, choices, tool, text, usage)
		return
	}
	r := chat.NewReply(c, "", "")
	for range choices {
		if tool.Exists() {
			r.ToolCall(sdk.Value{}, tool, sdk.Value{})
			r.Finish(chat.ToolCalls)
			continue
		}
		r.TextString(text)
		r.Finish(chat.Stop)
	}
	r.Send(usage)
}

func stream(c *sdk.Call, choices int, tool sdk.Value, text string, usage sdk.Usage) {
	var s chat.Stream
	for s.Choice = range choices {
		if tool.Exists() {
			s.ToolCall(c, 0, sdk.Value{}, tool)
			s.ArgumentsString(c, 0, "{}")
			s.Finish(c, chat.ToolCalls)
			continue
		}
		for word := range strings.SplitAfterSeq(text, " ") {
			s.TextString(c, word)
		}
		s.Finish(c, chat.Stop)
	}
	s.End(c, usage)
}

// lastSaid finds what to answer to, and how many bytes the model was asked with.
func lastSaid(endpoint hostabi.Endpoint, doc sdk.Value) (said string, bytes int) {
	if endpoint == hostabi.Completions {
		prompt := doc.Get(keyPrompt)
		if prompt.IsArray() && prompt.First().IsString() {
			return prompt.First().Text(), prompt.Len()
		}
		return prompt.Text(), prompt.Len()
	}
	messages := doc.Get(keyMessages)
	for m := messages.First(); m.Exists(); m = m.Next() {
		if m.Get(keyRole).Is(roleUser) {
			said = textOf(m.Get(keyContent))
		}
	}
	return said, messages.Len()
}

func textOf(content sdk.Value) string {
	text := content.Text()
	for part := content.First(); part.Exists(); part = part.Next() {
		text += part.Get(keyText).Text()
	}
	return text
}

// words are what the demo has to say.
func words(said string) string {
	const greeting = "Hello! I am the demo model: I come with the gateway and need no account. "
	if said = strings.TrimSpace(said); said == "" {
		return greeting + "Send me a message, and I will quote it."
	}
	return greeting + "You said: \"" + quote(said) + "\""
}

// maxQuote is how many bytes of a message are quoted.
const maxQuote = 120

// quote shortens a text without cutting a character.
func quote(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= maxQuote {
		return text
	}
	end := maxQuote
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// toolToCall is the name of the tool that the client insists on: a named one, or the first when one is required.
func toolToCall(doc sdk.Value) sdk.Value {
	choice := doc.Get(keyToolChoice)
	if choice.Is(choiceRequired) {
		return doc.Get(keyTools).First().Get(keyFunction).Get(keyName)
	}
	return choice.Get(keyFunction).Get(keyName)
}
