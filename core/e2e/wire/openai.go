package wire

import (
	"encoding/json"
	"fmt"
	"strings"
)

// reply is a chat completion, a text completion, or a chunk of either.
type reply struct {
	ID      string          `json:"id"`
	Object  string          `json:"object"`
	Created json.Number     `json:"created"`
	Model   string          `json:"model"`
	Choices []choice        `json:"choices"`
	Usage   *usage          `json:"usage"`
	Groq    *groq           `json:"x_groq"`
	Error   json.RawMessage `json:"error"`
	Value   string          `json:"value"` // all there is in a stream of Writer's older API
}

type choice struct {
	Index   int     `json:"index"`
	Message message `json:"message"`
	Delta   message `json:"delta"`
	Text    string  `json:"text"`
	Finish  *string `json:"finish_reason"`
}

type message struct {
	Role             string          `json:"role"`
	Content          json.RawMessage `json:"content"`
	ReasoningContent string          `json:"reasoning_content"`
	Reasoning        json.RawMessage `json:"reasoning"`
	Refusal          string          `json:"refusal"`
	ToolCalls        []toolCall      `json:"tool_calls"`
}

type toolCall struct {
	Index    *int   `json:"index"`
	ID       string `json:"id"`
	Type     string `json:"type"`
	Function struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	} `json:"function"`
}

type usage struct {
	Prompt     int `json:"prompt_tokens"`
	Completion int `json:"completion_tokens"`
	Total      int `json:"total_tokens"`
}

type groq struct {
	Usage *usage `json:"usage"`
}

// OpenAI reads a complete reply in OpenAI's format.
func OpenAI(body []byte) (Answer, error) {
	var r reply
	if err := json.Unmarshal(body, &r); err != nil {
		return Answer{}, fmt.Errorf("read reply: %w", err)
	}
	a := Answer{ID: r.ID, Model: r.Model}
	for _, c := range r.Choices {
		o := a.choice(c.Index)
		o.add(c.Message)
		o.Text += c.Text
		o.finish(c.Finish)
		for _, t := range c.Message.ToolCalls {
			o.Calls = append(o.Calls, Call{t.ID, t.Function.Name, Canonical(arguments(t.Function.Arguments))})
		}
	}
	a.Usage = r.usage()
	return a, nil
}

func (r *reply) usage() *Usage {
	u := r.Usage
	if u == nil && r.Groq != nil {
		u = r.Groq.Usage
	}
	if u == nil {
		return nil
	}
	return &Usage{u.Prompt, u.Completion, u.Total}
}

func (o *Choice) add(m message) {
	text, thinking := content(m.Content)
	o.Text += text
	o.Reasoning += thinking
	o.Refusal += m.Refusal
	if m.ReasoningContent != "" {
		o.Reasoning += m.ReasoningContent
		return
	}
	var s string
	if json.Unmarshal(m.Reasoning, &s) == nil {
		o.Reasoning += s
	}
}

func (o *Choice) finish(reason *string) {
	if reason != nil && *reason != "" {
		o.Finish = Finish(*reason)
	}
}

// content is a string, or parts of which some are thoughts.
func content(raw json.RawMessage) (text, thinking string) {
	if json.Unmarshal(raw, &text) == nil {
		return text, ""
	}
	var parts []struct {
		Type, Text string
		Thinking   []struct{ Text string }
	}
	_ = json.Unmarshal(raw, &parts) // null and other shapes have no text
	for _, p := range parts {
		text += p.Text
		for _, t := range p.Thinking {
			thinking += t.Text
		}
	}
	return text, thinking
}

// arguments are JSON in a string; some vendors send the bare object.
func arguments(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// OpenAIStream reads a stream in OpenAI's format. Usage may come with any chunk; the last one counts.
func OpenAIStream(text string) (Answer, error) {
	a := Answer{}
	calls := callMerger{}
	for _, e := range Events(text) {
		if strings.TrimSpace(e.Data) == "[DONE]" {
			break
		}
		var r reply
		if err := json.Unmarshal([]byte(e.Data), &r); err != nil {
			return a, fmt.Errorf("read event %.80q: %w", e.Data, err)
		}
		if r.Value != "" {
			a.choice(0).Text += r.Value
		}
		if a.ID == "" {
			a.ID = r.ID
		}
		if a.Model == "" {
			a.Model = r.Model
		}
		for _, c := range r.Choices {
			o := a.choice(c.Index)
			o.add(c.Delta)
			o.Text += c.Text
			o.finish(c.Finish)
			for _, t := range c.Delta.ToolCalls {
				calls.add(c.Index, t)
			}
		}
		if u := r.usage(); u != nil {
			a.Usage = u
		}
	}
	for i, list := range calls {
		a.choice(i).Calls = list.calls()
	}
	return a, nil
}

// callMerger puts the fragments of tool calls together, by choice.
type callMerger map[int]*fragments

type fragments struct {
	order []int
	parts map[int]*Call
}

func (m callMerger) add(choice int, t toolCall) {
	f := m[choice]
	if f == nil {
		f = &fragments{parts: map[int]*Call{}}
		m[choice] = f
	}
	at := len(f.order)
	switch {
	case t.Index != nil:
		at = *t.Index
	case t.ID == "" && t.Function.Name == "" && at > 0:
		at = f.order[at-1]
	}
	c := f.parts[at]
	if c == nil {
		c = &Call{}
		f.parts[at] = c
		f.order = append(f.order, at)
	}
	if c.ID == "" {
		c.ID = t.ID
	}
	if c.Name == "" {
		c.Name = t.Function.Name
	}
	if len(t.Function.Arguments) > 0 && string(t.Function.Arguments) != "null" {
		c.Arguments += arguments(t.Function.Arguments)
	}
}

func (f *fragments) calls() []Call {
	var list []Call
	for _, i := range f.order {
		c := *f.parts[i]
		c.Arguments = Canonical(c.Arguments)
		list = append(list, c)
	}
	return list
}
