package main

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

// open begins a content block, and sends what is known of it at once. json tells that jsonTool was offered.
func (t *stream) open(c *sdk.Call, json bool, block sdk.Value) {
	t.block, t.fed = blockKind(block, json), false
	if c.Endpoint() == hostabi.Completions && t.block != blockText {
		t.block = 0
	}
	switch t.block {
	case blockText:
		t.text(c, json, block.Get(keyText))
	case blockThinking:
		t.thought(c, block.Get(keyThinking))
	case blockRedacted:
		t.Open(c).Key("thinking_blocks").Lit("[").Raw(block).Lit("]")
		t.Emit(c)
	case blockTool:
		t.call(c, block)
	case blockJSON:
		if t.answered {
			t.block = 0
		}
		t.answered = true
	}
}

// call sends the beginning of a call. Servers that don't stream a tool's input have it here already.
func (t *stream) call(c *sdk.Call, block sdk.Value) {
	t.ToolCall(c, t.tools, block.Get(keyID), block.Get(keyName))
	t.tools++
	if input := block.Get(keyInput); !input.Empty() {
		t.Arguments(c, t.tools-1, input)
		t.block = 0
	}
}

// close ends a content block. An input that never came is {}, since clients parse what they were sent.
func (t *stream) close(c *sdk.Call) {
	if !t.fed && t.block == blockTool {
		t.Open(c).Key("tool_calls").Lit(`[{"index":`).Int(int64(t.tools - 1)).Lit(`,"function":{"arguments":"{}"}}]`)
		t.Emit(c)
	}
	if !t.fed && t.block == blockJSON {
		t.TextString(c, "{}")
	}
	t.block = 0
}

const (
	deltaText uint8 = 1 + iota
	deltaInput
	deltaThinking
	deltaSignature
)

var deltas = number(map[string]uint8{
	"text_delta": deltaText, "input_json_delta": deltaInput,
	"thinking_delta": deltaThinking, "signature_delta": deltaSignature,
})

// piece translates a piece of the open block, if that concerns the client.
func (t *stream) piece(c *sdk.Call, json bool, delta sdk.Value) {
	if t.block == 0 {
		return
	}
	switch deltas.of(delta.Get(keyType).Atom()) {
	case deltaText:
		t.text(c, json, delta.Get(keyText))
	case deltaInput:
		t.input(c, delta.Get(keyPartialJSON))
	case deltaThinking:
		t.thought(c, delta.Get(keyThinking))
	case deltaSignature:
		t.signature(c, delta.Get(keySignature))
	}
}

// text sends a piece of the answer. Beside the JSON that was asked for it is kept back: it is the answer only if no
// JSON follows.
func (t *stream) text(c *sdk.Call, json bool, text sdk.Value) {
	switch {
	case text.Empty():
	case !json:
		t.Text(c, text)
	case !t.answered:
		t.held = append(t.held, text.Text()...)
	}
}

// input sends a piece of a tool's input, or of the JSON that is the answer.
func (t *stream) input(c *sdk.Call, piece sdk.Value) {
	if piece.Empty() {
		return
	}
	t.fed = true
	switch t.block {
	case blockTool:
		t.Arguments(c, t.tools-1, piece)
	case blockJSON:
		t.Text(c, piece)
	}
}

// thought sends a piece of reasoning: as text to read, and as part of the block that has to be sent back.
func (t *stream) thought(c *sdk.Call, text sdk.Value) {
	if text.Empty() {
		return
	}
	delta := t.Open(c)
	delta.Key("reasoning_content").Raw(text)
	delta.Key("thinking_blocks").Lit(`[{"type":"thinking","thinking":`).Raw(text).Lit(`}]`)
	t.Emit(c)
}

// signature completes a thinking block.
func (t *stream) signature(c *sdk.Call, signature sdk.Value) {
	if signature.Empty() {
		return
	}
	t.Open(c).Key("thinking_blocks").Lit(`[{"type":"thinking","thinking":"","signature":`).Raw(signature).Lit(`}]`)
	t.Emit(c)
}
