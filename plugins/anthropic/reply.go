package main

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

const (
	blockText uint8 = 1 + iota
	blockTool
	blockThinking
	blockRedacted
	blockJSON // a call of jsonTool: the answer itself
)

var blocks = number(map[string]uint8{
	"text": blockText, "tool_use": blockTool, "thinking": blockThinking, "redacted_thinking": blockRedacted,
})

var (
	nameJSONTool   = sdk.Name(jsonTool)
	nameRedacted   = sdk.Name("redacted_thinking")
	nameCompletion = sdk.Name("chat.completion")
)

// blockKind tells what a content block is to the client; 0 is nothing, such as the traces of Anthropic's own tools.
func blockKind(block sdk.Value, json bool) uint8 {
	kind := blocks.of(block.Get(keyType).Atom())
	if json && kind == blockTool && block.Get(keyName).Is(nameJSONTool) {
		return blockJSON
	}
	return kind
}

func onResponse(c *sdk.Call, s *state) error {
	d := c.Doc()
	if d.Get(keyObject).Is(nameCompletion) {
		reportOpenAI(c, d.Get(keyUsage))
		c.Pass()
		return nil
	}
	if err := chat.ErrorIn(d); err != nil {
		return err
	}
	if !d.Get(keyContent).IsArray() {
		return sdk.Refuse(hostabi.APIError, "the reply is not a message: "+chat.PlainText(c.Bytes()))
	}
	a := answer{chat.NewReply(c, d.Get(keyID).Text(), d.Get(keyModel).Text()), d.Get(keyContent), s.json}
	reason := chat.FinishReason(d.Get(keyStopReason))
	a.write()
	a.Finish(outcome(reason, a.asJSON()))
	var t tokens
	if t.read(d.Get(keyUsage)); t.known {
		a.Send(t.usage())
	} else {
		a.SendUncounted()
	}
	return nil
}

// answer is a complete answer on its way to OpenAI's format.
type answer struct {
	chat.Reply
	content sdk.Value // the blocks
	json    bool      // jsonTool was offered
}

// write adds the text, the thoughts and the calls, each from all blocks.
func (a *answer) write() {
	if json := a.find(blockJSON); json.Exists() {
		a.TextString(json.Get(keyInput).Source())
	} else {
		for b := a.find(blockText); b.Exists(); b = a.next(b, blockText) {
			a.Text(b.Get(keyText))
		}
	}
	for b := a.find(blockThinking); b.Exists(); b = a.next(b, blockThinking) {
		a.Reasoning(b.Get(keyThinking))
	}
	a.thoughts()
	for b := a.find(blockTool); b.Exists(); b = a.next(b, blockTool) {
		a.ToolCall(b.Get(keyID), b.Get(keyName), b.Get(keyInput))
	}
}

// thoughts adds the signed blocks, which have to be sent back.
func (a *answer) thoughts() {
	if !a.find(blockThinking).Exists() && !a.find(blockRedacted).Exists() {
		return
	}
	o := a.Member("thinking_blocks")
	if o == nil {
		return
	}
	l := list{o: o, open: "["}
	for b := a.content.First(); b.Exists(); b = b.Next() {
		if k := blockKind(b, a.json); k == blockThinking || k == blockRedacted {
			l.next().Raw(b)
		}
	}
	l.end()
}

// asJSON reports whether the model answered through jsonTool and called nothing else.
func (a *answer) asJSON() bool { return a.find(blockJSON).Exists() && !a.find(blockTool).Exists() }

func (a *answer) find(kind uint8) sdk.Value { return a.seek(a.content.First(), kind) }

func (a *answer) next(b sdk.Value, kind uint8) sdk.Value { return a.seek(b.Next(), kind) }

// seek returns the first block of a kind, from b on.
func (a *answer) seek(b sdk.Value, kind uint8) sdk.Value {
	for b.Exists() && blockKind(b, a.json) != kind {
		b = b.Next()
	}
	return b
}

// outcome is a finish reason as the client has to see it: to it, jsonTool is no tool.
func outcome(reason string, asJSON bool) string {
	if reason == "" || asJSON && reason == chat.ToolCalls {
		return chat.Stop
	}
	return reason
}
