package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

func parse(t *testing.T, text string) []vendor {
	t.Helper()
	var vendors []vendor
	if err := json.Unmarshal([]byte(text), &vendors); err != nil {
		t.Fatal(err)
	}
	return vendors
}

func TestConvert(t *testing.T) {
	file, err := convert(parse(t, `[
		{"id":"google","fallback_model_providers":["x-ai"],"model_match":{"contains":"Gemini"},"models":[
			{"id":"Pro","context_window":1000,"match":{"or":[{"equals":"PRO"},{"equals":"pro-1"},{"starts_with":"pro-2"}]},
			 "prices":{"input_mtok":{"base":0.15,"tiers":[{"start":200,"price":0.3}]},"cache_read_mtok":0.07,"web_searches_kcount":10}}]},
		{"id":"x-ai","models":[{"id":"w","match":{"equals":"w"},"prices":[
			{"prices":{"audio_hours":0.36,"input_audio_hours":0.36}},
			{"constraint":{"start_date":"2026-01-02","type":"start_date"},"prices":{"requests_kcount":12}},
			{"constraint":{"start_time":"23:30:00+01:00","end_time":"01:00:01Z","type":"time_of_date"},"prices":{}}]}]},
		{"id":"huggingface_one","models":[{"id":"m","match":{"or":[{"equals":"M"},{"equals":"m-too"}]},"prices":{}}]},
		{"id":"huggingface_two","models":[{"id":"m","match":{"equals":"m"},"prices":{}}]}
	]`))
	if err != nil {
		t.Fatal(err)
	}
	want := &pricelist.File{Providers: []pricelist.Provider{
		{
			Names:    []string{"gemini", "vertex_ai", "vertex_ai_beta"},
			Fallback: []string{"xai"},
			Match:    []pricelist.Rule{{Contains: "gemini"}},
			Models: []pricelist.Model{{
				ID: "Pro", MaxInput: 1000, Names: []string{"pro-1"}, Match: []pricelist.Rule{{Prefix: "pro-2"}},
				Prices: []pricelist.Period{{
					Rates:     pricelist.Rates{InputPerToken: 1.5e-7, CacheReadPerToken: 7e-8},
					LongAbove: 200,
					Long:      &pricelist.Rates{InputPerToken: 3e-7, CacheReadPerToken: 7e-8},
				}},
			}},
		},
		{Names: []string{"xai"}, Models: []pricelist.Model{{
			ID: "w", Mode: "audio_transcription", Prices: []pricelist.Period{
				{Rates: pricelist.Rates{PerSecond: 0.0001}},
				{From: 1767312000, Rates: pricelist.Rates{PerRequest: 0.012}},
				{DayStart: 81000, DayEnd: 3601},
			},
		}}},
		{Names: []string{"huggingface"}, Models: []pricelist.Model{
			{ID: "one/m", Names: []string{"one/m-too"}, Prices: []pricelist.Period{{}}},
			{ID: "two/m", Prices: []pricelist.Period{{}}},
		}},
	}}
	if !reflect.DeepEqual(file, want) {
		got, _ := json.MarshalIndent(file, "", " ")
		t.Errorf("got %s", got)
	}
}

func TestConvertRefuses(t *testing.T) {
	for name, model := range map[string]string{
		"empty condition":      `{"id":"m","match":{},"prices":{}}`,
		"bad expression":       `{"id":"m","match":{"regex":"a(?=b)"},"prices":{}}`,
		"unclosed lookahead":   `{"id":"m","match":{"regex":"^(?!a"},"prices":{}}`,
		"or within and":        `{"id":"m","match":{"and":[{"or":[{"equals":"a"},{"equals":"b"}]}]},"prices":{}}`,
		"two prefixes":         `{"id":"m","match":{"and":[{"starts_with":"a"},{"starts_with":"b"}]},"prices":{}}`,
		"name claimed twice":   `{"id":"m","match":{"equals":"m"},"prices":{}},{"id":"n","match":{"equals":"M"},"prices":{}}`,
		"tiers that disagree":  `{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":{"base":1,"tiers":[{"start":1,"price":2}]},"output_mtok":{"base":1,"tiers":[{"start":2,"price":2}]}}}`,
		"bad date":             `{"id":"m","match":{"equals":"m"},"prices":[{"constraint":{"start_date":"soon"},"prices":{}}]}`,
		"bad time":             `{"id":"m","match":{"equals":"m"},"prices":[{"constraint":{"start_time":"noon"},"prices":{}}]}`,
		"time without an end":  `{"id":"m","match":{"equals":"m"},"prices":[{"constraint":{"start_time":"12:00:00Z"},"prices":{}}]}`,
		"tier without a price": `{"id":"m","match":{"equals":"m"},"prices":{"input_mtok":{"base":1,"tiers":[{"start":1}]}}}`,
	} {
		if _, err := convert(parse(t, `[{"id":"v","models":[`+model+`]}]`)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestModeIsOnlySetWhenCertain(t *testing.T) {
	for id, want := range map[string]string{
		"text-embedding-3":   "embedding",
		"omni-moderation":    "moderation",
		"bge-reranker-base":  "rerank",
		"gpt-4o":             "",
		"voyage-3":           "",
		"gpt-image-1":        "",
		"jt-moderation-chat": "",
	} {
		m := vendorModel{ID: id, Prices: periods{{Prices: map[string]price{"input_mtok": {}}}}}
		if strings.HasSuffix(id, "-chat") || strings.HasPrefix(id, "gpt") {
			m.Prices[0].Prices["output_mtok"] = price{}
		}
		if got := modeOf(m); got != want {
			t.Errorf("%s: got %q, want %q", id, got, want)
		}
	}
}

func TestRegexRule(t *testing.T) {
	for expr, want := range map[string]pricelist.Rule{
		`^o[134]`:                      {Regex: `^o[134]`},
		`^(?!.*-[tT](?:$|-))`:          {Not: `^.*-[tT](?:$|-)`},
		`^(?![^/]+/)(?:labs-)?mistral`: {Not: `^[^/]+/`, Regex: `^(?:labs-)?mistral`},
		`^(?!a\)[)]b)c`:                {Not: `^a\)[)]b`, Regex: `^c`},
	} {
		got, err := regexRule(expr)
		if err != nil || got != want {
			t.Errorf("%s: got %+v, %v, want %+v", expr, got, err, want)
		}
	}
}

func FuzzRegexRule(f *testing.F) {
	f.Add(`^(?![^/]+/)(?:labs-)?mistral`)
	f.Add(`^(?!a\`)
	f.Fuzz(func(t *testing.T, expr string) {
		rule, err := regexRule(expr)
		if err == nil && rule == (pricelist.Rule{}) && expr != "" {
			t.Errorf("%q became a rule that matches everything", expr)
		}
	})
}

func TestRunWritesAReadableList(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "data.json"), filepath.Join(dir, "prices.json.gz")
	const text = `[{"id":"openai","models":[{"id":"gpt","match":{"equals":"gpt"},"prices":{"input_mtok":2.5}}]}]`
	if err := os.WriteFile(in, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := run([]string{in}, "package 1", out); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(out)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	list, err := pricelist.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	if list.Source != "package 1" || list.Providers[0].Models[0].Prices[0].Rates.InputPerToken != 2.5e-6 {
		t.Errorf("got %+v", list)
	}
}

func TestRunReportsBadInput(t *testing.T) {
	dir := t.TempDir()
	bad := filepath.Join(dir, "bad.json")
	if err := os.WriteFile(bad, []byte(`[{"id":"v","models":[{"prices":{"input_mtok":{"base":1,"tiers":[{},{}]}}}]}]`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"no file":      nil,
		"two files":    {bad, bad},
		"missing file": {filepath.Join(dir, "none.json")},
		"many tiers":   {bad},
	} {
		if err := run(args, "", filepath.Join(dir, "out.gz")); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
