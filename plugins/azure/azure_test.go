package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestPaths(t *testing.T) {
	version := "?api-version=2024-10-21"
	cases := []struct {
		vendor, model, base, version string
		endpoint                     hostabi.Endpoint
		want                         string
	}{
		{"azure", "gpt-4o", "", "2024-10-21", hostabi.Chat, "/openai/deployments/gpt-4o/chat/completions" + version},
		{"azure", "gpt-4o", "", "2024-10-21", hostabi.Completions, "/openai/deployments/gpt-4o/completions" + version},
		{"azure", "ada", "", "2024-10-21", hostabi.Embeddings, "/openai/deployments/ada/embeddings" + version},
		{"azure", "my dep/ü", "", "2024-10-21", hostabi.Chat, "/openai/deployments/my%20dep%2F%C3%BC/chat/completions" + version},
		{"azure", "o_series/o3", "", "preview&x=1", hostabi.Chat, "/openai/deployments/o3/chat/completions?api-version=preview%26x%3D1"},
		{"azure", "m", "/openai", "2024-10-21", hostabi.Chat, "/deployments/m/chat/completions" + version},
		{"azure", "m", "/openai/deployments/other", "2024-10-21", hostabi.Chat, "/chat/completions" + version},
		{"azure", "m", "/openai/deployments/other/chat/completions", "2024-10-21", hostabi.Chat, version},
		{"azure", "m", "/openai/v1", "2024-10-21", hostabi.Chat, "/chat/completions"},
		{"azure", "m", "/openai/v1", "preview", hostabi.Chat, "/chat/completions?api-version=preview"},
		{"azure", "m", "/gateway", "2024-10-21", hostabi.Chat, "/openai/deployments/m/chat/completions" + version},
		{"azure", "m", "", "", hostabi.Chat, "/openai/deployments/m/chat/completions"},
		{"azure_text", "m", "", "2024-10-21", hostabi.Chat, "/openai/deployments/m/completions" + version},
		{"azure_ai", "m", "", "2024-05-01-preview", hostabi.Chat, "/models/chat/completions?api-version=2024-05-01-preview"},
		{"azure_ai", "m", "", "2024-05-01-preview", hostabi.Completions, "/models/chat/completions?api-version=2024-05-01-preview"},
		{"azure_ai", "m", "", "2024-05-01-preview", hostabi.Embeddings, "/models/embeddings?api-version=2024-05-01-preview"},
		{"azure_ai", "m", "/models", "2024-05-01-preview", hostabi.Chat, "/chat/completions?api-version=2024-05-01-preview"},
		{"azure_ai", "m", "/models/chat/completions", "2024-05-01-preview", hostabi.Chat, "?api-version=2024-05-01-preview"},
		{"azure_ai", "m", "/v1", "2024-05-01-preview", hostabi.Chat, "/chat/completions"},
	}
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		for _, tc := range cases {
			attrs := map[string]string{"vendor": tc.vendor, "model": tc.model, "api_base_path": tc.base, "api_version": tc.version}
			x := p.Open(sdktest.Exchange{Vendor: tc.vendor, Endpoint: tc.endpoint, Attrs: attrs})
			if got := x.Request(`{"model":"m","prompt":"x"}`).Path; got != tc.want {
				t.Errorf("%s %s at %q: got %q, want %q", tc.vendor, tc.model, tc.base, got, tc.want)
			}
		}
	})
}

func TestServerlessPath(t *testing.T) {
	for base, want := range map[string]string{
		"https://x.eastus2.inference.ai.azure.com": "/chat/completions",
		"https://x.services.ai.azure.com":          "/models/chat/completions?api-version=v",
	} {
		attrs := map[string]string{"vendor": "azure_ai", "model": "m", "api_base": base, "api_version": "v"}
		x := sdktest.Native(t, ".").Open(sdktest.Exchange{Vendor: "azure_ai", Attrs: attrs})
		if got := x.Request(`{}`).Path; got != want {
			t.Errorf("%s: got %q, want %q", base, got, want)
		}
	}
}

func TestBodies(t *testing.T) {
	for _, tc := range []struct {
		name, vendor, version string
		flags                 uint32
		in, want              string // want "" = passed
	}{
		{"passed", "azure", "2024-10-21", 0, `{"model":"m","messages":[{"role":"developer","content":"x"}]}`, ""},
		{"usage", "azure", "2024-10-21", hostabi.FlagStream, `{"stream":true}`, `{"stream":true,"stream_options":{"include_usage":true}}`},
		{"usage of previews", "azure", "preview", hostabi.FlagStream, `{"stream":true}`, `{"stream":true,"stream_options":{"include_usage":true}}`},
		{"usage of old versions when asked", "azure", "2023-05-15", hostabi.FlagStream, `{"stream":true,"stream_options":{"include_usage":true}}`, ""},
		{"prompt of old versions", "azure_text", "2023-05-15", hostabi.FlagStream, `{"messages":[],"stream_options":{"include_usage":true}}`, `{"prompt":"","stream_options":{"include_usage":true}}`},
		{"no usage", "azure", "2023-05-15", hostabi.FlagStream, `{"stream":true}`, ""},
		{"texts in foundry", "azure_ai", "v", 0, `{"messages":[{"role":"developer","content":[{"type":"text","text":"x"}]}]}`, `{"messages":[{"role":"system","content":"x"}]}`},
		{"prompt", "azure_text", "2024-10-21", 0, `{"messages":[{"role":"user","content":"x"}]}`, `{"prompt":"x"}`},
	} {
		attrs := map[string]string{"vendor": tc.vendor, "model": "m", "api_version": tc.version}
		a := sdktest.Native(t, ".").Open(sdktest.Exchange{Vendor: tc.vendor, Flags: tc.flags, Attrs: attrs}).Request(tc.in)
		if a.Passed != (tc.want == "") || !a.Passed && a.Body != tc.want {
			t.Errorf("%s: passed %v, got %s, want %s", tc.name, a.Passed, a.Body, tc.want)
		}
	}
}

func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		status  int
		body    string
		message string
		class   hostabi.Class
	}{
		{401, `{"error":{"code":"401","message":"Access denied"}}`, "Access denied", hostabi.ClassByStatus},
		{404, `{"error":{"code":"DeploymentNotFound","message":"The API deployment does not exist."}}`, "The API deployment does not exist.", hostabi.ClassByStatus},
		{400, `{"error":{"message":"The response was filtered","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}`, "The response was filtered", hostabi.ContentPolicyViolation},
		{400, `{"error":{"message":"no","code":"content_filter"}}`, "no", hostabi.ContentPolicyViolation},
		{400, `{"error":{"message":"This model's maximum context length is 8192 tokens","code":"context_length_exceeded"}}`, "This model's maximum context length is 8192 tokens", hostabi.ContextWindowExceeded},
	} {
		x := sdktest.Native(t, ".").Open(sdktest.Exchange{Vendor: "azure"})
		if f := x.Error(tc.status, tc.body).Failure; f == nil || f.Class != tc.class || f.Message != tc.message {
			t.Errorf("%s: got %+v", tc.body, f)
		}
	}
}

func TestFilterChunksAreDropped(t *testing.T) {
	sdktest.Both(t, ".", func(t *testing.T, p *sdktest.Plugin) {
		x := p.Open(sdktest.Exchange{Vendor: "azure", Flags: hostabi.FlagStream})
		x.Request(`{}`)
		if a := x.Chunk("", `{"choices":[],"created":0,"id":"","model":"","object":"","prompt_filter_results":[{"prompt_index":0}]}`); len(a.Events) > 0 {
			t.Errorf("got %s", a.Events)
		}
		late := `{"choices":[{"content_filter_offsets":{"check_offset":1},"content_filter_results":{},"finish_reason":null,"index":0}],"created":0,"id":"","model":"","object":""}`
		if a := x.Chunk("", late); len(a.Events) > 0 {
			t.Errorf("got %s", a.Events)
		}
		first := `{"choices":[{"content_filter_results":{},"delta":{"content":"x","role":"assistant"},"finish_reason":null,"index":0}],"created":7,"id":"i","model":"m","object":"chat.completion.chunk"}`
		if a := x.Chunk("", first); !a.Passed {
			t.Errorf("got %s", a.Events)
		}
		if a := x.Chunk("", late); len(a.Events) > 0 {
			t.Errorf("got %s", a.Events)
		}
	})
}
