package relay_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// same stands for a request that is passed on untouched.
const same = ""

func TestRequest(t *testing.T) {
	stream, noSystem := hostabi.FlagStream, hostabi.FlagNoSystem
	for _, tc := range []struct {
		name, vendor string
		endpoint     hostabi.Endpoint
		flags        uint32
		in, want     string
	}{
		{"passed", "openai", hostabi.Chat, 0, `{"model":"m","messages":[{"role":"developer","content":[{"type":"text","text":"x"}]}],"top_k":3}`, same},
		{"embeddings passed", "openai", hostabi.Embeddings, 0, `{"model":"m","input":[[1,2],[3]],"encoding_format":"float"}`, same},
		{"moderations passed", "openai", hostabi.Moderations, 0, `{"input":"x"}`, same},
		{"completions passed", "openai", hostabi.Completions, 0, `{"model":"m","prompt":[1,2]}`, same},

		{"asks for usage", "openai", hostabi.Chat, stream, `{"model":"m","stream":true}`, `{"model":"m","stream":true,"stream_options":{"include_usage":true}}`},
		{"asks for usage of completions", "openai", hostabi.Completions, stream, `{"stream":true}`, `{"stream":true,"stream_options":{"include_usage":true}}`},
		{"usage asked for", "openai", hostabi.Chat, stream, `{"stream_options":{"include_usage":true},"stream":true}`, same},
		{"other stream options", "openai", hostabi.Chat, stream, `{"stream_options":{"include_usage":false,"include_obfuscation":false},"n":1}`, `{"stream_options":{"include_obfuscation":false,"include_usage":true},"n":1}`},
		{"null stream options", "openai", hostabi.Chat, stream, `{"stream_options":null,"n":1}`, `{"n":1,"stream_options":{"include_usage":true}}`},
		{"no stream options", "no_options", hostabi.Chat, stream, `{"stream":true}`, same},
		{"stream options left out", "no_options", hostabi.Chat, stream, `{"stream":true,"stream_options":{"include_usage":true},"n":1}`, `{"stream":true,"n":1}`},

		{"developer", "plain", hostabi.Chat, 0, `{"messages":[{"role":"developer","content":"x","name":"n"},{"role":"user","content":"y"}]}`, `{"messages":[{"role":"system","content":"x","name":"n"},{"role":"user","content":"y"}]}`},
		{"no developer", "plain", hostabi.Chat, 0, `{"messages":[{"role":"system","content":"x"}]}`, same},
		{"texts flattened", "flat", hostabi.Chat, 0, `{"messages":[{"role":"user","content":[{"type":"text","text":"a\n"},{"type":"text","text":"b"}]}]}`, `{"messages":[{"role":"user","content":"a\nb"}]}`},
		{"images are not", "flat", hostabi.Chat, 0, `{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url"}]}]}`, same},

		{"system into user", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"system","content":"be \"good\""},{"role":"user","content":"hi"}],"n":1}`, `{"messages":[{"role":"user","content":"be \"good\" hi"}],"n":1}`},
		{"system into assistant", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"system","content":"s"},{"role":"assistant","content":null,"tool_calls":[]}]}`, `{"messages":[{"role":"assistant","content":"s","tool_calls":[]}]}`},
		{"system into a message without content", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"system","content":"s"},{"role":"assistant"}]}`, `{"messages":[{"role":"assistant","content":"s"}]}`},
		{"last system", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"user","content":"u"},{"role":"system","content":"s"}]}`, `{"messages":[{"role":"user","content":"u"},{"role":"user","content":"s"}]}`},
		{"two systems", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"system","content":"a"},{"role":"developer","content":"b"},{"role":"user","content":"u"}]}`, `{"messages":[{"role":"user","content":"a"},{"role":"user","content":"b u"}]}`},
		{"system before tool", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"system","content":"a"},{"role":"tool","content":"t"}]}`, `{"messages":[{"role":"user","content":"a"},{"role":"tool","content":"t"}]}`},
		{"system into parts", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"system","content":[{"type":"text","text":"s"}]},{"role":"user","content":[{"type":"text","text":"u"}]}]}`, `{"messages":[{"role":"user","content":[{"type":"text","text":"s "},{"type":"text","text":"u"}]}]}`},
		{"system into flat parts", "flat", hostabi.Chat, noSystem, `{"messages":[{"role":"system","content":"s"},{"role":"user","content":[{"type":"text","text":"u"}]}]}`, `{"messages":[{"role":"user","content":"s u"}]}`},
		{"no system", "openai", hostabi.Chat, noSystem, `{"messages":[{"role":"user","content":"u"}]}`, same},

		{"prompt to the chat endpoint", "by_chat", hostabi.Completions, 0, `{"model":"m","prompt":["Say \"x\""],"max_tokens":5}`, `{"model":"m","messages":[{"role":"user","content":"Say \"x\""}],"max_tokens":5}`},
		{"short fireworks model", "fireworks", hostabi.Chat, 0, `{"model":"asked-for","n":1}`, `{"model":"accounts/fireworks/models/asked-for","n":1}`},
		{"float is the default", "no_float", hostabi.Embeddings, 0, `{"input":"x","encoding_format":"float"}`, `{"input":"x"}`},
		{"base64", "no_float", hostabi.Embeddings, 0, `{"input":"x","encoding_format":"base64"}`, same},
	} {
		t.Run(tc.name, func(t *testing.T) {
			a := exchange(t, tc.vendor, tc.endpoint, tc.flags).Request(tc.in)
			if a.Failure != nil || a.Passed != (tc.want == same) || tc.want != same && a.Body != tc.want {
				t.Errorf("passed %v, failure %v\ngot  %s\nwant %s", a.Passed, a.Failure, a.Body, tc.want)
			}
		})
	}
}

func TestRequestModels(t *testing.T) {
	for _, tc := range []struct{ vendor, model, want string }{
		{"fireworks", "accounts/me/models/x", same},
		{"fireworks", "llama-v3", "accounts/fireworks/models/llama-v3"},
		{"router", "together/deepseek-ai/DeepSeek-R1", "deepseek-ai/DeepSeek-R1:together"},
		{"router", "deepseek-ai/DeepSeek-R1", same},
		{"router", "tgi", same},
	} {
		a := exchange(t, tc.vendor, hostabi.Chat, 0, "model", tc.model).Request(`{"model":"` + tc.model + `"}`)
		if want := `{"model":"` + tc.want + `"}`; a.Passed != (tc.want == same) || tc.want != same && a.Body != want {
			t.Errorf("%s: got %s, want %s", tc.model, a.Body, want)
		}
	}
}

func TestRequestPaths(t *testing.T) {
	for _, tc := range []struct {
		vendor, base string
		endpoint     hostabi.Endpoint
		want         string
	}{
		{"openai", "", hostabi.Chat, ""},
		{"v1", "", hostabi.Chat, "/v1/chat/completions"},
		{"v1", "/v1", hostabi.Chat, ""},
		{"v1", "/tgi", hostabi.Completions, "/v1/completions"},
		{"v1", "", hostabi.Embeddings, "/v1/embeddings"},
		{"router", "", hostabi.Completions, "/v1/chat/completions"},
	} {
		a := exchange(t, tc.vendor, tc.endpoint, 0, "api_base_path", tc.base).Request(`{"prompt":"x"}`)
		if a.Path != tc.want {
			t.Errorf("%s at %q: got %q, want %q", tc.vendor, tc.base, a.Path, tc.want)
		}
	}
}

func TestRequestWithSeveralPrompts(t *testing.T) {
	for _, prompt := range []string{`["a","b"]`, `[1,2]`, `[[1],[2]]`} {
		a := exchange(t, "by_chat", hostabi.Completions, 0).Request(`{"prompt":` + prompt + `}`)
		if a.Failure == nil || a.Failure.Class != hostabi.BadRequest {
			t.Errorf("%s: %+v", prompt, a.Failure)
		}
	}
}
