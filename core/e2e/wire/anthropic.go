package wire

import (
	"encoding/json"
	"fmt"
)

// message of Anthropic's API.
type anthropicMessage struct {
	ID      string           `json:"id"`
	Model   string           `json:"model"`
	Content []anthropicBlock `json:"content"`
	Stop    string           `json:"stop_reason"`
	Usage   *anthropicUsage  `json:"usage"`
}

type anthropicBlock struct {
	Type     string          `json:"type"`
	Text     string          `json:"text"`
	Thinking string          `json:"thinking"`
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Input    json.RawMessage `json:"input"`
}

type anthropicUsage struct {
	Input      *int `json:"input_tokens"`
	Output     *int `json:"output_tokens"`
	CacheRead  *int `json:"cache_read_input_tokens"`
	CacheWrite *int `json:"cache_creation_input_tokens"`
}

type anthropicEvent struct {
	Type    string           `json:"type"`
	Index   int              `json:"index"`
	Message anthropicMessage `json:"message"`
	Block   anthropicBlock   `json:"content_block"`
	Delta   struct {
		Text     string `json:"text"`
		Thinking string `json:"thinking"`
		JSON     string `json:"partial_json"`
		Stop     string `json:"stop_reason"`
	} `json:"delta"`
	Usage *anthropicUsage `json:"usage"`
}

// merge takes over what a later report knows better.
func (u *anthropicUsage) merge(later *anthropicUsage) {
	if later == nil {
		return
	}
	for _, f := range []struct{ into, from **int }{
		{&u.Input, &later.Input}, {&u.Output, &later.Output},
		{&u.CacheRead, &later.CacheRead}, {&u.CacheWrite, &later.CacheWrite},
	} {
		if *f.from != nil {
			*f.into = *f.from
		}
	}
}

// openai counts cached tokens as part of the prompt.
func (u *anthropicUsage) openai() *Usage {
	if u == nil || (u.Input == nil && u.Output == nil) {
		return nil
	}
	prompt := value(u.Input) + value(u.CacheRead) + value(u.CacheWrite)
	return &Usage{prompt, value(u.Output), prompt + value(u.Output)}
}

func value(p *int) int {
	if p == nil {
		return 0
	}
	return *p
}

// Anthropic reads a complete reply of the Messages API.
func Anthropic(body []byte) (Answer, error) {
	var m anthropicMessage
	if err := json.Unmarshal(body, &m); err != nil {
		return Answer{}, fmt.Errorf("read reply: %w", err)
	}
	a := Answer{ID: m.ID, Model: m.Model, Usage: m.Usage.openai()}
	c := a.choice(0)
	for _, b := range m.Content {
		c.block(b)
	}
	c.Finish = Finish(m.Stop)
	return a, nil
}

func (c *Choice) block(b anthropicBlock) {
	switch b.Type {
	case "text":
		c.Text += b.Text
	case "thinking":
		c.Reasoning += b.Thinking
	case "tool_use":
		c.Calls = append(c.Calls, Call{b.ID, b.Name, Canonical(string(b.Input))})
	}
}

// AnthropicStream reads a stream of the Messages API.
func AnthropicStream(text string) (Answer, error) {
	var a Answer
	var total anthropicUsage
	var blocks []anthropicBlock
	for _, event := range Events(text) {
		var e anthropicEvent
		if err := json.Unmarshal([]byte(event.Data), &e); err != nil {
			return a, fmt.Errorf("read event %.80q: %w", event.Data, err)
		}
		switch e.Type {
		case "message_start":
			a.ID, a.Model = e.Message.ID, e.Message.Model
			total.merge(e.Message.Usage)
		case "content_block_start":
			e.Block.Input = nil
			blocks = append(blocks, e.Block)
		case "content_block_delta":
			if len(blocks) == 0 {
				return a, fmt.Errorf("a delta without a block: %.80q", event.Data)
			}
			b := &blocks[len(blocks)-1]
			b.Text += e.Delta.Text
			b.Thinking += e.Delta.Thinking
			b.Input = append(b.Input, e.Delta.JSON...)
		case "message_delta":
			a.choice(0).Finish = Finish(e.Delta.Stop)
			total.merge(e.Usage)
		}
	}
	c := a.choice(0)
	for _, b := range blocks {
		if len(b.Input) == 0 {
			b.Input = json.RawMessage("{}")
		}
		c.block(b)
	}
	a.Usage = total.openai()
	return a, nil
}
