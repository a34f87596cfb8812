package config

import "testing"

const refConfig = `plugins:
  guard:
    settings:
      words: [a, {deep: b}]
      "odd key": 1
`

func TestRef(t *testing.T) {
	c, err := Parse("c.yaml", []byte(refConfig), testOptions())
	if err != nil {
		t.Fatal(err)
	}
	at := c.Plugins[0].At
	for _, test := range []struct {
		steps      []string
		value, key string
	}{
		{nil, "c.yaml:3:5: error: plugins.guard: no", "c.yaml:2:3: error: plugins.guard: no"},
		{[]string{"settings", "words", "1", "deep"}, "c.yaml:4:25: error: plugins.guard.settings.words[1].deep: no", "c.yaml:4:19: error: plugins.guard.settings.words[1].deep: no"},
		{[]string{"settings", "words", "0"}, "c.yaml:4:15: error: plugins.guard.settings.words[0]: no", "c.yaml:4:15: error: plugins.guard.settings.words[0]: no"},
		{[]string{"settings", "words", "7"}, "c.yaml:4:14: error: plugins.guard.settings.words: no", "c.yaml:4:7: error: plugins.guard.settings.words: no"},
		{[]string{"settings", "odd key"}, `c.yaml:5:18: error: plugins.guard.settings["odd key"]: no`, `c.yaml:5:7: error: plugins.guard.settings["odd key"]: no`},
		{[]string{"limits", "memory"}, "c.yaml:3:5: error: plugins.guard: no", "c.yaml:2:3: error: plugins.guard: no"},
	} {
		r := at.To(test.steps...)
		if got := r.Finding(Error, "no").String(); got != test.value {
			t.Errorf("%q: got %s, want %s", test.steps, got, test.value)
		}
		if got := r.KeyFinding(Error, "no").String(); got != test.key {
			t.Errorf("%q: got %s, want %s", test.steps, got, test.key)
		}
	}
	if !at.Has("settings") || at.Has("limits") || at.Pos() != (Pos{"c.yaml", 3, 5}) {
		t.Error("keys or position are wrong")
	}
	if nowhere := (Ref{}).To("a"); nowhere.Pos() != (Pos{}) || nowhere.Finding(Warning, "odd").String() != ": warning: odd" {
		t.Errorf("a place that is none: %s", nowhere.Finding(Warning, "odd"))
	}
}

func TestMeaning(t *testing.T) {
	f := Ref{}.Finding(Error, "no plugin is called %q", "word_gard").Meaning("word_gard", []string{"demo", "word_guard"})
	if f.Suggestion != "word_guard" {
		t.Errorf("got %+v", f)
	}
}

func TestLooksCredential(t *testing.T) {
	for name, want := range map[string]bool{
		"api_key": true, "apiKey": true, "Api-Key": true, "key": true, "token": true, "client_secret": true, "password": true,
		"max_tokens": false, "hide_secrets": false, "secret_types": false, "keyword": false, "monkey": false, "tokens": false,
	} {
		if got := looksCredential(name); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
