package relay_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func FuzzRelay(f *testing.F) {
	f.Add(`{"messages":[{"role":"system","content":"a"},{"role":"user","content":[{"type":"text","text":"b"}]}],"stream_options":{}}`, uint8(0))
	f.Add(`{"id":"i","choices":[{"message":{"content":[{"type":"thinking","thinking":"t"}],"tool_calls":[{}]}}],"usage":{"total_tokens":1e3}}`, uint8(1))
	f.Add(chunkHead+`[{"index":0,"delta":{"tool_calls":[{"index":70,"function":{"arguments":{}}}]},"finish_reason":"eos"}]}`, uint8(2))
	f.Add(`{"error":{"message":{"detail":[{"msg":"m","loc":["a"]}]}}}`, uint8(3))
	f.Fuzz(func(t *testing.T, text string, pick uint8) {
		vendors := []string{"openai", "plain", "flat", "by_chat"}
		x := exchange(t, vendors[int(pick)%len(vendors)], hostabi.Endpoint(1+pick/4%4), uint32(pick)>>4)
		for range 2 {
			if a := x.Request(text); !a.Passed && a.Failure == nil {
				valid(t, a.Body)
			}
			if a := x.Chunk("", text); !a.Passed {
				valid(t, a.Events...)
			}
			valid(t, x.End().Events...)
			if a := x.Response(text); !a.Passed && a.Failure == nil {
				valid(t, a.Body)
			}
			x.Error(500, text)
		}
	})
}
