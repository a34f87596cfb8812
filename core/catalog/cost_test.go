package catalog

import (
	"math"
	"testing"
)

func TestCost(t *testing.T) {
	model := func(provider, name string) Model {
		m, ok := prices().lookup(provider, name, today)
		if !ok {
			t.Fatalf("%s, %s: not found", provider, name)
		}
		return m
	}
	gpt4o, claude := model("openai", "gpt-4o"), model("anthropic", "claude-3-5-sonnet-20241022")
	long, audio := model("gemini", "gemini-2.5-pro"), model("openai", "gpt-audio")
	for _, tt := range []struct {
		name  string
		model Model
		usage Tokens
		want  float64
	}{
		{"nothing", gpt4o, Tokens{}, 0},
		{"unknown model", Model{}, Tokens{Prompt: 1000, Completion: 1000}, 0},
		{"plain", gpt4o, Tokens{Prompt: 1000, Completion: 100}, 0.0035},
		{"cache read", gpt4o, Tokens{Prompt: 1000, CacheRead: 600, Completion: 100}, 0.001 + 0.00075 + 0.001},
		{"all cached", gpt4o, Tokens{Prompt: 1000, CacheRead: 1000}, 0.00125},
		{"cache read and write", claude, Tokens{Prompt: 10_000, CacheRead: 6000, CacheWrite: 3000, Completion: 200},
			0.003 + 0.0018 + 0.01125 + 0.003},
		{"writes for an hour", claude, Tokens{Prompt: 3000, CacheWrite: 3000, CacheWriteHour: 1000}, 0.0075 + 0.006},
		{"no price for the hour", Model{Rates: Rates{InputPerToken: 1, CacheWritePerToken: 2}},
			Tokens{Prompt: 5, CacheWrite: 5, CacheWriteHour: 3}, 10},
		{"no price for caching", model("openai", "gpt-4-turbo"), Tokens{Prompt: 1000, CacheRead: 900}, 0.01},
		{"prompt at the limit", long, Tokens{Prompt: 200_000, Completion: 1000}, 0.25 + 0.01},
		{"long prompt", long, Tokens{Prompt: 200_001, CacheRead: 100_000, Completion: 1000}, 0.2500025 + 0.025 + 0.015},
		{"audio", audio, Tokens{Prompt: 1000, InputAudio: 400, Completion: 300, OutputAudio: 200}, 0.0015 + 0.0128 + 0.001 + 0.0128},
		{"images", model("gemini", "gemini-2.5-flash-image"), Tokens{Prompt: 100, InputImage: 50, Completion: 1300, OutputImage: 1290},
			0.00003 + 0.000025 + 0.0387},
		{"embedding", model("openai", "text-embedding-3-small"), Tokens{Prompt: 1000}, 0.00002},
		{"seconds", model("openai", "whisper-1"), Tokens{Seconds: 90}, 0.009},
		{"request", model("perplexity", "sonar"), Tokens{Prompt: 1000, Completion: 1000}, 0.001 + 0.001 + 0.012},
		{"parts exceed the prompt", gpt4o, Tokens{Prompt: 10, CacheRead: 1000}, 0.00125},
		{"negative usage", gpt4o, Tokens{Prompt: -5, CacheRead: -5, CacheWriteHour: -5, Completion: -5, Seconds: -5}, 0},
	} {
		if got := tt.model.Cost(tt.usage); math.Abs(got-tt.want) > 1e-12 {
			t.Errorf("%s: got %.12f, want %.12f", tt.name, got, tt.want)
		}
	}
}

func FuzzCostIsNeverNegative(f *testing.F) {
	f.Add(1000, 500, 100, 50, 10)
	f.Add(-1, 1, -1, 1, math.MinInt)
	m, _ := Lookup("anthropic", "claude-sonnet-4-5")
	f.Fuzz(func(t *testing.T, prompt, read, write, hour, completion int) {
		u := Tokens{Prompt: prompt, CacheRead: read, CacheWrite: write, CacheWriteHour: hour, Completion: completion}
		if cost := m.Cost(u); cost < 0 || math.IsNaN(cost) {
			t.Errorf("%+v costs %g", u, cost)
		}
	})
}

func BenchmarkCost(b *testing.B) {
	m, _ := Lookup("anthropic", "claude-sonnet-4-5")
	u := Tokens{Prompt: 250_000, CacheRead: 100_000, CacheWrite: 1000, Completion: 500}
	b.ReportAllocs()
	for b.Loop() {
		m.Cost(u)
	}
}
