package catalog

import (
	"strings"
	"testing"
	"time"
)

// today is a moment the tests' expectations were taken from the package for.
var today = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestLookupFinds(t *testing.T) {
	tests := []struct {
		provider, model string
		wantProvider    string
		wantID          string
		wantInput       float64
		wantOutput      float64
	}{
		{"openai", "gpt-4o", "openai", "gpt-4o", 2.5e-6, 1e-5},
		{"openai", "gpt-4o-2024-08-06", "openai", "gpt-4o", 2.5e-6, 1e-5},
		{"openai", "gpt-4o-2024-05-13", "openai", "gpt-4o-2024-05-13", 5e-6, 1.5e-5},
		{"openai", "gpt-4o-20240513", "openai", "gpt-4o-2024-05-13", 5e-6, 1.5e-5},
		{"openai", "gpt-4o-mini", "openai", "gpt-4o-mini", 1.5e-7, 6e-7},
		{"openai", "gpt-4.1-2031-01-31", "openai", "gpt-4.1", 2e-6, 8e-6},
		{"openai", "gpt-3.5-turbo-0301", "openai", "gpt-3.5-0301", 1.5e-6, 2e-6},
		{"openai", "openai/gpt-4o", "openai", "gpt-4o", 2.5e-6, 1e-5},
		{"openai", "GPT-4o", "openai", "gpt-4o", 2.5e-6, 1e-5},
		{"openai", "ft:gpt-4o-2024-08-06:org:name:id", "openai", "ft:gpt-4o", 3.75e-6, 1.5e-5},
		{"text-completion-openai", "gpt-3.5-turbo-instruct", "text-completion-openai", "gpt-3.5-turbo-instruct", 1.5e-6, 2e-6},
		{"anthropic", "claude-3-5-sonnet-20241022", "anthropic", "claude-3-5-sonnet", 3e-6, 1.5e-5},
		{"azure", "gpt-4o", "azure", "gpt-4o", 2.5e-6, 1e-5},
		{"azure", "azure/gpt-4o", "azure", "gpt-4o", 2.5e-6, 1e-5},
		{"azure", "eu/gpt-4o-2024-08-06", "azure", "gpt-4o", 2.5e-6, 1e-5},
		{"azure_ai", "phi-4", "azure_ai", "phi-4", 7e-8, 1.4e-7},
		{"gemini", "gemini-2.0-flash", "gemini", "gemini-2.0-flash", 1e-7, 4e-7},
		{"vertex_ai", "gemini-2.0-flash-001", "vertex_ai", "gemini-2.0-flash", 1e-7, 4e-7},
		{"vertex_ai", "claude-3-5-sonnet@20240620", "vertex_ai", "claude-3-5-sonnet", 3e-6, 1.5e-5},
		{"bedrock", "us.anthropic.claude-3-5-sonnet-20241022-v2:0", "bedrock", "regional.anthropic.claude-3-5-sonnet-20241022-v2:0", 3e-6, 1.5e-5},
		{"bedrock", "converse/amazon.nova-lite-v1:0", "bedrock", "amazon.nova-lite-v1:0", 6e-8, 2.4e-7},
		{"together_ai", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", "together_ai", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo", 1.8e-7, 1.8e-7},
		{"together_ai", "together_ai/MISTRALAI/mistral-7b-v0.1", "together_ai", "mistralai/Mistral-7B-v0.1", 2e-7, 2e-7},
		{"fireworks_ai", "accounts/fireworks/models/gpt-oss-20b", "fireworks_ai", "gpt-oss-20b", 7e-8, 3e-7},
		{"xai", "grok-4.3", "xai", "grok-4.3", 1.25e-6, 2.5e-6},
		{"cohere_chat", "command-r-plus", "cohere_chat", "command-r-plus", 2.5e-6, 1e-5},

		{"", "gpt-4o", "openai", "gpt-4o", 2.5e-6, 1e-5},
		{"", "azure/gpt-4o", "azure", "gpt-4o", 2.5e-6, 1e-5},
		{"", "Claude-3-5-Sonnet-20241022", "anthropic", "claude-3-5-sonnet", 3e-6, 1.5e-5},
		{"", "gemini-2.0-flash", "gemini", "gemini-2.0-flash", 1e-7, 4e-7},
		{"", "text-embedding-3-small", "openai", "text-embedding-3-small", 2e-8, 0},
		{"", "mistral-large-latest", "mistral", "mistral-large", 2e-6, 6e-6},
		{"litellm_proxy", "litellm_proxy/gpt-4o", "openai", "gpt-4o", 2.5e-6, 1e-5},
	}
	for _, tt := range tests {
		m, ok := prices().lookup(tt.provider, tt.model, today)
		if !ok || !m.Known {
			t.Errorf("%s, %s: not found", tt.provider, tt.model)
			continue
		}
		if m.Provider != tt.wantProvider || m.ID != tt.wantID {
			t.Errorf("%s, %s: got %s, %s, want %s, %s", tt.provider, tt.model, m.Provider, m.ID, tt.wantProvider, tt.wantID)
		}
		if m.InputPerToken != tt.wantInput || m.OutputPerToken != tt.wantOutput {
			t.Errorf("%s, %s: got prices %g, %g, want %g, %g", tt.provider, tt.model,
				m.InputPerToken, m.OutputPerToken, tt.wantInput, tt.wantOutput)
		}
	}
}

func TestLookupDoesNotFind(t *testing.T) {
	for _, tt := range []struct{ provider, model string }{
		{"openai", "fake"},
		{"openai", ""},
		{"openai", "gpt-x"},
		{"openai", "-2024-08-06"},
		{"openai", "claude-3-5-sonnet-20241022"},
		{"openai", strings.Repeat("gpt-4o-audio-preview", 100)},
		{"nobody", "gpt-4o"},
		{"OPENAI ", "gpt-4o"},
		{"gemini", "gemini-2.5-pro-nonsense-tts"},
		{"", ""},
		{"", "/"},
		{"", "llama"},
	} {
		if m, ok := Lookup(tt.provider, tt.model); ok || m != (Model{}) {
			t.Errorf("%q, %q: found %+v", tt.provider, tt.model, m)
		}
	}
}

func TestLookupTellsLimitsAndModes(t *testing.T) {
	for _, tt := range []struct {
		provider, model string
		wantMaxInput    int
		wantMode        string
	}{
		{"openai", "gpt-4o", 128_000, ""},
		{"anthropic", "claude-3-5-sonnet-20241022", 200_000, ""},
		{"openai", "text-embedding-3-large", 8192, "embedding"},
		{"openai", "whisper-1", 0, "audio_transcription"},
		{"openai", "omni-moderation-latest", 0, "moderation"},
	} {
		m, ok := Lookup(tt.provider, tt.model)
		if !ok || m.MaxInput != tt.wantMaxInput || m.Mode != tt.wantMode || m.MaxOutput != 0 {
			t.Errorf("%s, %s: got %+v", tt.provider, tt.model, m)
		}
	}
}

func TestPricesChangeWithTime(t *testing.T) {
	at := func(text string) time.Time {
		moment, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return moment
	}
	for _, tt := range []struct {
		provider, model string
		now             time.Time
		want            float64
	}{
		{"openai", "o3", at("2025-06-09T23:59:59Z"), 1e-5},
		{"openai", "o3", at("2025-06-10T00:00:00Z"), 2e-6},
		{"deepseek", "deepseek-chat", at("2026-01-01T00:29:59Z"), 1.35e-7},
		{"deepseek", "deepseek-chat", at("2026-01-01T00:30:00Z"), 2.7e-7},
		{"deepseek", "deepseek-chat", at("2026-01-01T16:30:00Z"), 1.35e-7},
		{"deepseek", "deepseek-chat", at("2026-01-01T18:00:00+02:00"), 2.7e-7},
	} {
		m, ok := prices().lookup(tt.provider, tt.model, tt.now)
		if !ok || m.InputPerToken != tt.want {
			t.Errorf("%s at %s: got %g, want %g", tt.model, tt.now, m.InputPerToken, tt.want)
		}
	}
}

func FuzzLookup(f *testing.F) {
	f.Add("openai", "gpt-4o-2024-08-06")
	f.Add("", "azure/eu/gpt-4o@20240806")
	f.Add("together_ai", "A/B/C-20241399")
	f.Fuzz(func(t *testing.T, provider, model string) {
		m, ok := prices().lookup(provider, model, today)
		if ok != m.Known || ok != (m.ID != "") {
			t.Errorf("%q, %q: found %t, but %+v", provider, model, ok, m)
		}
		upper, also := prices().lookup(provider, strings.ToUpper(strings.ToLower(model)), today)
		lower, _ := prices().lookup(provider, strings.ToLower(model), today)
		if isASCII(model) && provider != "" && !strings.Contains(model, "/") && upper != lower {
			t.Errorf("%q, %q: case matters: %t %+v", provider, model, also, upper)
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0
}

func BenchmarkLookup(b *testing.B) {
	for _, bb := range []struct{ name, provider, model string }{
		{"exact", "openai", "gpt-4o-2024-08-06"},
		{"fallback", "azure", "gpt-4o"},
		{"rule", "anthropic", "claude-3-5-sonnet-20241022"},
		{"upper-case", "together_ai", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo"},
		{"many-rules", "bedrock", "us.anthropic.claude-sonnet-4-20250514-v1:0"},
		{"unknown", "openai", "fake"},
		{"no-provider", "", "gpt-4o"},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Lookup(bb.provider, bb.model)
			}
		})
	}
}

func TestLookupDoesNotAllocate(t *testing.T) {
	for _, tt := range []struct{ provider, model string }{
		{"openai", "gpt-4o-2024-08-06"},
		{"azure", "gpt-4o"},
		{"anthropic", "claude-3-5-sonnet-20241022"},
		{"together_ai", "meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo"},
		{"openai", "fake"},
	} {
		n := testing.AllocsPerRun(100, func() {
			m, _ := Lookup(tt.provider, tt.model)
			m.Cost(Tokens{Prompt: 1000, CacheRead: 500, Completion: 100})
		})
		if n != 0 {
			t.Errorf("%s, %s: %v allocations", tt.provider, tt.model, n)
		}
	}
}
