package main

import (
	"fmt"
	"strconv"
	"strings"
)

// wire is one vendor's answers as bytes ready for the socket, HTTP framing included.
type wire struct {
	replyHead, replyTail string   // JSON around the answer's text
	text                 string   // tells a gateway's caller which wire its answer came by
	before               [][]byte // writes before the content of a stream; the first holds the response head
	delta                []byte   // one content event
	after                [][]byte // writes after the content; the last ends the response
	afterWithUsage       [][]byte // the same for requests with include_usage
}

const (
	streamHead = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nCache-Control: no-cache\r\n" +
		"x-request-id: req_mock0123456789\r\nTransfer-Encoding: chunked\r\n\r\n"
	streamEnd = "0\r\n\r\n"

	openAIChunk = `data: {"id":"chatcmpl-mock0123456789abcdefghij","object":"chat.completion.chunk","created":1732170000,` +
		`"model":"gpt-4o-mini-2024-07-18","service_tier":"default","system_fingerprint":"fp_mock","choices":`
	openAIUsage = `"usage":{"prompt_tokens":220,"completion_tokens":128,"total_tokens":348,` +
		`"prompt_tokens_details":{"cached_tokens":0,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":0,` +
		`"audio_tokens":0,"accepted_prediction_tokens":0,"rejected_prediction_tokens":0}}`
)

// textEnd ends the text of every content event of both wires, and nothing else in a stream.
var textEnd = []byte(` text "`)

var (
	openAIStop = []byte(httpChunk(openAIChunk + `[{"index":0,"delta":{},"logprobs":null,"finish_reason":"stop"}]}`))
	openAIDone = []byte(httpChunk("data: [DONE]") + streamEnd)
)

var openAIWire = wire{
	text: "gpt text ",
	replyHead: `{"id":"chatcmpl-mock0123456789abcdefghij","object":"chat.completion","created":1732170000,` +
		`"model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"message":{"role":"assistant","content":"`,
	replyTail: `","refusal":null},"logprobs":null,"finish_reason":"stop"}],` + openAIUsage +
		`,"service_tier":"default","system_fingerprint":"fp_mock"}`,
	before: [][]byte{[]byte(streamHead + httpChunk(openAIChunk+
		`[{"index":0,"delta":{"role":"assistant","content":"","refusal":null},"logprobs":null,"finish_reason":null}]}`))},
	delta:          []byte(httpChunk(openAIChunk + `[{"index":0,"delta":{"content":"gpt text "},"logprobs":null,"finish_reason":null}]}`)),
	after:          [][]byte{openAIStop, openAIDone},
	afterWithUsage: [][]byte{openAIStop, []byte(httpChunk(openAIChunk + `[],` + openAIUsage + `}`)), openAIDone},
}

var anthropicWire = wire{
	text: "claude text ",
	replyHead: `{"id":"msg_mock0123456789abcdefghij","type":"message","role":"assistant",` +
		`"model":"claude-3-5-sonnet-20241022","content":[{"type":"text","text":"`,
	replyTail: `"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":220,` +
		`"cache_creation_input_tokens":0,"cache_read_input_tokens":0,"output_tokens":128,"service_tier":"standard"}}`,
	before: [][]byte{
		[]byte(streamHead + anthropicEvent("message_start", `,"message":{"id":"msg_mock0123456789abcdefghij",`+
			`"type":"message","role":"assistant","model":"claude-3-5-sonnet-20241022","content":[],"stop_reason":null,`+
			`"stop_sequence":null,"usage":{"input_tokens":220,"cache_creation_input_tokens":0,`+
			`"cache_read_input_tokens":0,"output_tokens":1,"service_tier":"standard"}}`)),
		[]byte(anthropicEvent("content_block_start", `,"index":0,"content_block":{"type":"text","text":""}`)),
	},
	delta:          []byte(anthropicEvent("content_block_delta", `,"index":0,"delta":{"type":"text_delta","text":"claude text "}`)),
	after:          anthropicAfter,
	afterWithUsage: anthropicAfter,
}

var anthropicAfter = [][]byte{
	[]byte(anthropicEvent("content_block_stop", `,"index":0`)),
	[]byte(anthropicEvent("message_delta",
		`,"delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":128}`)),
	[]byte(anthropicEvent("message_stop", "") + streamEnd),
}

var (
	embeddingReply = []byte(httpReply("200 OK", embeddingJSON(1536)))
	notFoundReply  = []byte(httpReply("404 Not Found",
		`{"error":{"message":"no such route on the mock","type":"invalid_request_error"}}`))
	badModelReply = []byte(httpReply("400 Bad Request",
		`{"error":{"message":"`+errModel.Error()+`","type":"invalid_request_error"}}`))
)

// replyOf builds the whole response with a body of size bytes, or the smallest there is.
func (w *wire) replyOf(size int) []byte {
	fill := max(size-len(w.replyHead)-len(w.replyTail), 1)
	return []byte(httpReply("200 OK", w.replyHead+strings.Repeat(w.text, fill/len(w.text)+1)[:fill]+w.replyTail))
}

func httpReply(status, json string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\nContent-Type: application/json\r\nx-request-id: req_mock0123456789\r\n"+
		"Content-Length: %d\r\n\r\n%s", status, len(json), json)
}

// httpChunk frames one SSE event as one chunk of the transfer encoding.
func httpChunk(event string) string {
	return fmt.Sprintf("%x\r\n%s\n\n\r\n", len(event)+2, event)
}

func anthropicEvent(name, fields string) string {
	return httpChunk(`event: ` + name + "\n" + `data: {"type":"` + name + `"` + fields + `}`)
}

func embeddingJSON(dimensions int) string {
	b := []byte(`{"object":"list","data":[{"object":"embedding","index":0,"embedding":[`)
	for i := range dimensions {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(i%997)/9973-0.05, 'f', 8, 64)
	}
	return string(b) + `]}],"model":"text-embedding-3-small","usage":{"prompt_tokens":8,"total_tokens":8}}`
}
