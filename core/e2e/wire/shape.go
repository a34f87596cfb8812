package wire

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// finishReasons are those that OpenAI's clients know.
var finishReasons = []string{"stop", "length", "tool_calls", "content_filter", "function_call"}

// ReplyProblems lists where a complete chat or text completion is not what OpenAI's clients expect.
func ReplyProblems(body []byte, chat bool) []string {
	var p problems
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return []string{"not a reply: " + err.Error()}
	}
	p.head(&r, object(chat, "chat.completion"))
	p.check(r.Usage != nil, "no usage")
	p.check(len(r.Choices) > 0, "no choices")
	for _, c := range r.Choices {
		p.check(c.Finish != nil && slices.Contains(finishReasons, *c.Finish), "finish_reason %v", show(c.Finish))
		if !chat {
			continue
		}
		p.check(c.Message.Role == "assistant", "role %q", c.Message.Role)
		p.check(c.Message.Content != nil, "no content, not even null")
		for _, t := range c.Message.ToolCalls {
			p.call(t)
		}
	}
	p.check(!chat || bytes.Contains(body, []byte(`"_response_ms":`)), "no _response_ms")
	return p
}

func object(chat bool, name string) string {
	if chat {
		return name
	}
	return "text_completion"
}

// problems collects what is wrong.
type problems []string

func (p *problems) check(ok bool, format string, args ...any) {
	if text := fmt.Sprintf(format, args...); !ok && !slices.Contains(*p, text) {
		*p = append(*p, text)
	}
}

func (p *problems) head(r *reply, object string) {
	p.check(r.ID != "", "no id")
	p.check(r.Object == object, "object %q", r.Object)
	_, err := r.Created.Int64()
	p.check(err == nil, "created is not a whole number: %q", r.Created)
	p.check(r.Model != "", "no model")
}

func (p *problems) call(t toolCall) {
	p.check(t.ID != "", "a tool call without id")
	p.check(t.Type == "function", "tool call of type %q", t.Type)
	p.check(t.Function.Name != "", "a tool call without name")
	var s string
	p.check(json.Unmarshal(t.Function.Arguments, &s) == nil, "arguments are not a string: %s", t.Function.Arguments)
}

func show(s *string) string {
	if s == nil {
		return "missing"
	}
	return fmt.Sprintf("%q", *s)
}

// StreamProblems lists where a stream is not what OpenAI's clients expect.
func StreamProblems(text string, chat, includeUsage bool) []string {
	s := shape{chat: chat, usageAsked: includeUsage, roles: map[int]bool{}, finished: map[int]bool{}, known: map[[2]int]bool{}}
	s.framing(text)
	events := Events(text)
	for i, e := range events {
		if e.Data == "[DONE]" {
			s.check(i == len(events)-1, "events after [DONE]")
			continue
		}
		s.chunk(e.Data)
	}
	s.check(len(events) > 0 && events[len(events)-1].Data == "[DONE]", "does not end with [DONE]")
	for i := range s.roles {
		s.check(s.finished[i], "choice %d has no finish_reason", i)
	}
	s.check(s.usages == 0 || includeUsage, "usage although nobody asked")
	s.check(s.usages == 1 || !includeUsage, "%d chunks with usage", s.usages)
	return s.problems
}

// shape is what was seen of a stream so far.
type shape struct {
	problems
	chat, usageAsked bool
	first            reply
	chunks           int
	usages           int
	roles, finished  map[int]bool
	known            map[[2]int]bool // tool calls by choice and index
}

func (s *shape) framing(text string) {
	for line := range strings.SplitSeq(text, "\n") {
		s.check(line == "" || strings.HasPrefix(line, "data: "), "a line that is not data: %.60q", line)
	}
	s.check(strings.HasSuffix(text, "\n\n"), "the last event is not ended by a blank line")
	s.check(!strings.Contains(text, "\n\n\n"), "empty events")
}

func (s *shape) chunk(data string) {
	var r reply
	if err := json.Unmarshal([]byte(data), &r); err != nil {
		s.check(false, "event is not a chunk: %v", err)
		return
	}
	s.check(len(r.Error) == 0, "error event: %.200s", r.Error)
	s.check(s.usages == 0, "chunks after the usage")
	s.head(&r, object(s.chat, "chat.completion.chunk"))
	if s.chunks == 0 {
		s.first = r
	}
	s.chunks++
	s.check(r.ID == s.first.ID, "the id changes")
	s.check(r.Created == s.first.Created, "created changes")
	s.check(r.Model == s.first.Model, "the model changes")
	s.check(r.Choices != nil, "no choices, not even an empty list")
	if r.Usage != nil {
		s.usages++
		s.check(len(r.Choices) == 0, "usage in a chunk with choices")
	} else {
		s.check(len(r.Choices) > 0, "a chunk with neither choices nor usage")
	}
	for _, c := range r.Choices {
		s.part(c)
	}
}

func (s *shape) part(c choice) {
	if s.chat {
		s.check(s.roles[c.Index] || c.Delta.Role == "assistant", "the first delta has role %q", c.Delta.Role)
		s.check(!s.roles[c.Index] || c.Delta.Role == "", "a later delta has a role")
	}
	s.roles[c.Index] = true
	s.check(!s.finished[c.Index], "choice %d goes on after its finish_reason", c.Index)
	for _, t := range c.Delta.ToolCalls {
		s.fragment(c.Index, t)
	}
	if c.Finish == nil {
		return
	}
	s.finished[c.Index] = true
	s.check(slices.Contains(finishReasons, *c.Finish), "finish_reason %q", *c.Finish)
	s.check(!s.chat || empty(c.Delta), "finish_reason together with content")
}

func (s *shape) fragment(choice int, t toolCall) {
	s.check(t.Index != nil, "a tool call fragment without index")
	if t.Index == nil {
		return
	}
	key := [2]int{choice, *t.Index}
	if !s.known[key] {
		s.known[key] = true
		s.call(t)
		return
	}
	s.check(t.ID == "" && t.Function.Name == "", "a later fragment names its tool call again")
}

func empty(m message) bool {
	text, thinking := content(m.Content)
	return text == "" && thinking == "" && m.ReasoningContent == "" && len(m.ToolCalls) == 0 && m.Refusal == ""
}
