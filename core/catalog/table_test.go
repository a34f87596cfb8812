package catalog

import (
	"bytes"
	"testing"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

func bundledFile(t *testing.T) *pricelist.File {
	t.Helper()
	file, err := pricelist.Read(bytes.NewReader(bundled))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestBundledListIsSmall(t *testing.T) {
	if limit := 100 << 10; len(bundled) > limit {
		t.Errorf("list takes %d bytes, more than %d", len(bundled), limit)
	}
}

func TestBundledListIsSane(t *testing.T) {
	models := 0
	for _, p := range bundledFile(t).Providers {
		if len(p.Names) == 0 || len(p.Models) == 0 {
			t.Errorf("provider %v has %d models", p.Names, len(p.Models))
		}
		for _, m := range p.Models {
			models++
			checkModel(t, p.Names[0]+"/"+m.ID, m)
		}
	}
	if models < 1500 {
		t.Errorf("only %d models", models)
	}
}

func checkModel(t *testing.T, name string, m pricelist.Model) {
	t.Helper()
	if m.ID == "" || len(m.Prices) == 0 || m.MaxInput < 0 {
		t.Errorf("%s: incomplete: %+v", name, m)
	}
	for _, p := range m.Prices {
		checkRates(t, name, p.Rates)
		if (p.Long != nil) != (p.LongAbove > 0) {
			t.Errorf("%s: long prompts start at %d, prices %v", name, p.LongAbove, p.Long)
		}
		if p.Long != nil {
			checkRates(t, name, *p.Long)
		}
	}
}

func checkRates(t *testing.T, name string, r pricelist.Rates) {
	t.Helper()
	for _, price := range []float64{
		r.InputPerToken, r.OutputPerToken, r.CacheReadPerToken, r.CacheWritePerToken, r.CacheWriteHourPerToken,
		r.InputAudioPerToken, r.OutputAudioPerToken, r.InputImagePerToken, r.OutputImagePerToken, r.PerSecond,
	} {
		if price < 0 || price >= 0.01 {
			t.Errorf("%s: price %g", name, price)
		}
	}
	if r.PerRequest < 0 || r.PerRequest > 1 {
		t.Errorf("%s: price per request %g", name, r.PerRequest)
	}
}

func TestEveryListedNameLeadsToItsModel(t *testing.T) {
	for _, p := range bundledFile(t).Providers {
		for _, alias := range p.Names {
			for _, m := range p.Models {
				for _, name := range append(m.Names, m.ID) {
					got, ok := Lookup(alias, name)
					if !ok || got.ID != m.ID || got.Provider != alias {
						t.Errorf("%s, %s: got %s, %s, want %s", alias, name, got.Provider, got.ID, m.ID)
					}
				}
			}
		}
	}
}

func TestProvidersAreNamedLikeLiteLLM(t *testing.T) {
	for _, name := range []string{
		"anthropic", "azure", "azure_ai", "bedrock", "bedrock_converse", "cerebras", "cohere", "cohere_chat", "deepseek",
		"fireworks_ai", "gemini", "github_copilot", "groq", "huggingface", "mistral", "moonshot", "openai", "openrouter",
		"perplexity", "text-completion-openai", "together_ai", "vertex_ai", "voyage", "xai",
	} {
		if prices().list(name) == nil {
			t.Errorf("no list for %s", name)
		}
	}
}

func TestRuleNeedsAllItsParts(t *testing.T) {
	r := newRule(pricelist.Rule{Prefix: "a", Suffix: "z", Contains: "mm", Regex: `\d`, Not: "bad"}, 0)
	for name, want := range map[string]bool{
		"a-mm-1-z":     true,
		"b-mm-1-z":     false,
		"a-mm-1-y":     false,
		"a-m-1-z":      false,
		"a-mm-z":       false,
		"a-mm-1-bad-z": false,
	} {
		if got := r.matches(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

func TestCutDate(t *testing.T) {
	for name, want := range map[string][2]string{
		"gpt-4o-2024-08-06":   {"gpt-4o", "20240806"},
		"claude-3-20241022":   {"claude-3", "20241022"},
		"claude-3@20241022":   {"claude-3", "20241022"},
		"-2024-08-06":         {},
		"-20240806":           {},
		"gpt-4o-2024-13-06":   {},
		"gpt-4o-2024-08-32":   {},
		"gpt-4o-1924-08-06":   {},
		"gpt-4o-2024-0x-06":   {},
		"gpt-4o.20240806":     {},
		"gpt-4o-20240806-v2":  {},
		"command-r-plus-2024": {},
	} {
		base, date, ok := cutDate(name)
		if !ok {
			base, date = "", ""
		}
		if base != want[0] || date != want[1] {
			t.Errorf("%s: got %q, %q", name, base, date)
		}
	}
}

func BenchmarkDecode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		file, err := pricelist.Read(bytes.NewReader(bundled))
		if err != nil {
			b.Fatal(err)
		}
		newTable(file)
	}
}
