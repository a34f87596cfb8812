package mock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Anthropic starts a model behind the Messages API.
func Anthropic(t testing.TB) *Server {
	return New(t, func(w http.ResponseWriter, r *http.Request, body string) {
		var a ask
		err := json.Unmarshal([]byte(body), &a)
		w.Header().Set("request-id", "req-mock")
		switch {
		case r.URL.Path != "/v1/messages":
			WriteJSON(w, 404, anthropicError("not_found_error", "no such path"))
		case r.Header.Get("anthropic-version") == "":
			WriteJSON(w, 400, anthropicError("invalid_request_error", "anthropic-version: header is required"))
		case err != nil || a.MaxTokens < 1 || len(a.Messages) == 0:
			WriteJSON(w, 400, anthropicError("invalid_request_error", "model, max_tokens and messages are required"))
		case a.failure() != 0:
			WriteJSON(w, a.failure(), anthropicError("mock_error", "the mock was told to fail"))
		case a.Stream:
			a.streamMessage(StartStream(t, w, r))
		default:
			a.message(w)
		}
	})
}

func anthropicError(kind, message string) string {
	return fmt.Sprintf(`{"type":"error","error":{"type":%s,"message":%s},"request_id":"req-mock"}`, quote(kind), quote(message))
}

const anthropicHead = `"id":"msg_mock","type":"message","role":"assistant","model":"mock-model-1"`

// blocks are what the model answers with: text or tool calls. Of a tool that it is told to use it makes one call, with
// the answer in its input.
func (a *ask) blocks() (blocks []anthropicBlock, stop string) {
	switch {
	case len(a.Tools) > 0 && strings.Contains(string(a.ToolChoice), `"name"`):
		return []anthropicBlock{{id: "toolu_json", name: a.Tools[0].Name, text: Shaped}}, "tool_use"
	case len(a.Tools) > 0 && !a.answered():
		for _, u := range Uses {
			blocks = append(blocks, anthropicBlock{u.ID, a.Tools[0].Name, u.Arguments})
		}
		return blocks, "tool_use"
	}
	return []anthropicBlock{{text: a.text()}}, "end_turn"
}

// anthropicBlock is text, or with a name the input of a tool.
type anthropicBlock struct{ id, name, text string }

func (b anthropicBlock) start(input string) string {
	if b.name == "" {
		return `{"type":"text","text":` + quote(input) + `}`
	}
	return fmt.Sprintf(`{"type":"tool_use","id":%q,"name":%s,"input":%s}`, b.id, quote(b.name), input)
}

func (a *ask) message(w http.ResponseWriter) {
	blocks, stop := a.blocks()
	var content []string
	for _, b := range blocks {
		content = append(content, b.start(b.text))
	}
	WriteJSON(w, 200, fmt.Sprintf(`{%s,"content":[%s],"stop_reason":%q,"stop_sequence":null,"usage":{"input_tokens":12,"cache_read_input_tokens":5,"output_tokens":9}}`,
		anthropicHead, strings.Join(content, ","), stop))
}

func (a *ask) streamMessage(s *Stream) {
	send := func(kind, rest string) { s.Send(fmt.Sprintf("event: %s\ndata: {\"type\":%q%s}\n\n", kind, kind, rest)) }
	blocks, stop := a.blocks()
	send("message_start", `,"message":{`+anthropicHead+`,"content":[],"stop_reason":null,"usage":{"input_tokens":12,"cache_read_input_tokens":5,"output_tokens":1}}`)
	for i, b := range blocks {
		if b.name == "" {
			send("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":%s`, i, b.start("")))
			for _, part := range pieces(b.text) {
				send("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":{"type":"text_delta","text":%s}`, i, quote(part)))
			}
		} else {
			send("content_block_start", fmt.Sprintf(`,"index":%d,"content_block":%s`, i, b.start("{}")))
			for _, part := range []string{b.text[:4], b.text[4:]} {
				send("content_block_delta", fmt.Sprintf(`,"index":%d,"delta":{"type":"input_json_delta","partial_json":%s}`, i, quote(part)))
			}
		}
		send("ping", "")
		send("content_block_stop", fmt.Sprintf(`,"index":%d`, i))
	}
	send("message_delta", fmt.Sprintf(`,"delta":{"stop_reason":%q,"stop_sequence":null},"usage":{"output_tokens":9}`, stop))
	send("message_stop", "")
}
