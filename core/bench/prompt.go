package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// request returns a chat completion request as it goes over the wire, head included.
func (s loadSpec) request() []byte {
	body := chatBody(s.Model, s.Prompt, s.Stream)
	return fmt.Appendf(nil, "POST /v1/chat/completions HTTP/1.1\r\nHost: %s\r\nContent-Type: application/json\r\n"+
		"Accept: application/json\r\nAuthorization: Bearer sk-bench\r\nUser-Agent: bench\r\nContent-Length: %d\r\n\r\n%s",
		s.Addr, len(body), body)
}

// chatBody returns about size bytes of JSON.
func chatBody(model string, size int, stream bool) []byte {
	head := fmt.Sprintf(`{"model":%q,"messages":[{"role":"system","content":"You are a helpful assistant."},`+
		`{"role":"user","content":`, model)
	tail := `}],"temperature":0.7,"max_tokens":512}`
	if stream {
		tail = `}],"temperature":0.7,"max_tokens":512,"stream":true}`
	}
	return []byte(head + prose(size-len(head)-len(tail)) + tail)
}

// prose returns a JSON string of about n bytes with quotes and newlines, so that escapes are exercised.
func prose(n int) string {
	const sample = "The quick brown fox jumps over the lazy dog, then says \"hello\" to 42 other foxes.\n" +
		"A gateway reads a prompt, picks an upstream, and relays what comes back, byte for byte. "
	quoted, err := json.Marshal(sample)
	if err != nil {
		panic(err) // a string always marshals
	}
	inner := string(quoted[1 : len(quoted)-1])
	return `"` + strings.Repeat(inner, max(n-2, 0)/len(inner)) + strings.Repeat("x", max(n-2, 0)%len(inner)) + `"`
}
