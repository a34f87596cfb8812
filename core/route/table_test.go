package route

import (
	"slices"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

// deployments makes them from triples of id, model_name and model.
func deployments(triples ...string) []*core.Deployment {
	var list []*core.Deployment
	for i := 0; i < len(triples); i += 3 {
		list = append(list, &core.Deployment{ID: triples[i], Group: triples[i+1], Model: triples[i+2]})
	}
	return list
}

// infer knows the providers of two kinds of model names.
func infer(name string) string {
	switch {
	case core.Match("gpt-*", name):
		return "openai/" + name
	case core.Match("claude-*", name):
		return "anthropic/" + name
	}
	return ""
}

func ids(g *Group) []string {
	var list []string
	for _, d := range g.Deployments {
		list = append(list, d.ID)
	}
	return list
}

var mixed = NewTable(deployments(
	"a1", "chat", "openai/gpt-4o",
	"a2", "chat", "azure/four",
	"b1", "other", "openai/gpt-4o",
	"c1", "llm/*", "anthropic/*",
	"d1", "llm/special-*", "openai/*",
	"d2", "llm/special-*", "groq/*",
	"e1", "openai/*", "openai/*",
	"f1", "*meta.x*", "bedrock/meta.x*",
	"g1", "fixed/*", "openai/gpt-4o",
	"other", "clash", "openai/clash",
	"h1", "plain", "cohere/command",
	"h2", "plain", "cohere/command",
), []Alias{
	{Name: "gpt-4", Group: "chat"},
	{Name: "secret", Group: "other", Hidden: true},
	{Name: "any", Group: "llm/opus"},
	{Name: "chained", Group: "secret"},
	{Name: "loop", Group: "loop"},
	{Name: "nowhere", Group: "missing"},
	{Name: "chat", Group: "other"},
	{Name: "b1", Group: "chat"},
	{Name: "openai/old", Group: "missing"},
	{Name: "llm/nice", Group: "chat"},
	{Name: "star", Group: "llm/*"},
})

func TestResolve(t *testing.T) {
	for what, c := range map[string]struct {
		name string
		ids  []string
	}{
		"exact, before an alias":               {"chat", []string{"a1", "a2"}},
		"an id bypasses the group":             {"a2", []string{"a2"}},
		"an id before an alias":                {"b1", []string{"b1"}},
		"exact, before an id":                  {"other", []string{"b1"}},
		"alias":                                {"gpt-4", []string{"a1", "a2"}},
		"hidden alias":                         {"secret", []string{"b1"}},
		"alias before a wildcard":              {"llm/nice", []string{"a1", "a2"}},
		"alias of what a wildcard matches":     {"any", []string{"c1"}},
		"alias of a wildcard":                  {"star", []string{"c1"}},
		"alias of an alias":                    {"chained", nil},
		"alias of itself":                      {"loop", nil},
		"alias to nowhere":                     {"nowhere", nil},
		"alias to nowhere, before a wildcard":  {"openai/old", []string{"e1"}},
		"wildcard":                             {"llm/opus", []string{"c1"}},
		"the longer pattern, a balanced group": {"llm/special-x", []string{"d1", "d2"}},
		"wildcard with slashes":                {"llm/a/b/c", []string{"c1"}},
		"two stars":                            {"us.meta.x3", []string{"f1"}},
		"no star in the target":                {"fixed/anything", []string{"g1"}},
		"inferred provider":                    {"gpt-5", []string{"e1"}},
		"inferred provider without a pattern":  {"claude-9", nil},
		"wildcard before a target":             {"openai/gpt-4o", []string{"e1"}},
		"target":                               {"azure/four", []string{"a2"}},
		"target of two: exactly the first":     {"cohere/command", []string{"h1"}},
		"a pattern is not a name but a match":  {"llm/*", []string{"c1"}},
		"patterns are anchored at the front":   {"xllm/opus", nil},
		"unknown":                              {"nothing", nil},
		"empty":                                {"", nil},
	} {
		m, ok := mixed.Resolve(c.name, infer)
		if ok != (c.ids != nil) {
			t.Errorf("%s: Resolve(%q) is %v", what, c.name, ok)
		} else if ok && !slices.Equal(ids(m.Group), c.ids) {
			t.Errorf("%s: Resolve(%q) leads to %v, want %v", what, c.name, ids(m.Group), c.ids)
		}
	}
}

func TestCatchAllComesLast(t *testing.T) {
	table := NewTable(deployments("all", "*", "*", "own", "gpt-*", "azure/*", "one", "gpt-x", "openai/x"), nil)
	for name, want := range map[string]string{"gpt-x": "one", "gpt-4o": "own", "mistral/large": "all", "openai/gpt-4o": "all"} {
		m, ok := table.Resolve(name, infer)
		if !ok || m.Group.Deployments[0].ID != want {
			t.Errorf("%q leads to %v", name, m.Group)
		}
	}
}

// Of patterns of one length the one with more punctuation is the more special; else the file's order counts.
func TestPatternsOfOneLength(t *testing.T) {
	table := NewTable(deployments("second", "*bcd", "x", "first", "a-*d", "x", "third", "ab*d", "x"), nil)
	for name, want := range map[string]string{"a-bcd": "first", "abcd": "second", "abd": "third"} {
		if m, ok := table.Resolve(name, infer); !ok || m.Group.Deployments[0].ID != want {
			t.Errorf("%q leads to %+v", name, m)
		}
	}
}

func TestTargetModel(t *testing.T) {
	for _, c := range []struct{ group, model, name, want string }{
		{"openai/*", "openai/*", "openai/gpt-4o", "openai/gpt-4o"},
		{"openai/*", "openai/*", "gpt-4o", "openai/gpt-4o"}, // through its inferred provider
		{"*", "*", "mistral/large", "mistral/large"},
		{"*", "openai/*", "gpt-4o", "openai/gpt-4o"},
		{"llm/*", "anthropic/*", "llm/claude-3", "anthropic/claude-3"},
		{"llm/*", "openai/gpt-4o", "llm/anything", "openai/gpt-4o"},
		{"*meta.x*", "bedrock/meta.x*", "us.meta.x3", "us.meta.x3"}, // fewer stars than captures
		{"*meta.x*", "bedrock/*meta.x*", "us.meta.x3", "bedrock/us.meta.x3"},
		{"llm/*", "*/x-*", "llm/a", "a/x-*"}, // more stars than captures
		{"a*b*", "*-*", "a*b1", "*-1"},       // a star that the client wrote stays
		{"llm/*", "anthropic/*", "llm/", "anthropic/"},
	} {
		m, ok := NewTable(deployments("d", c.group, c.model), nil).Resolve(c.name, infer)
		if !ok || !m.Wildcard {
			t.Errorf("%q does not match %q", c.name, c.group)
			continue
		}
		if got := m.TargetModel(c.model, c.name); got != c.want {
			t.Errorf("%q through %q → %q is %q, want %q", c.name, c.group, c.model, got, c.want)
		}
	}
	if got := (Match{}).TargetModel("openai/*", "chat"); got != "openai/*" {
		t.Errorf("without a wildcard: %q", got)
	}
}

func TestLists(t *testing.T) {
	var names []string
	for _, g := range mixed.Groups() {
		names = append(names, g.Name)
	}
	want := []string{"chat", "other", "llm/*", "llm/special-*", "openai/*", "*meta.x*", "fixed/*", "clash", "plain"}
	if !slices.Equal(names, want) {
		t.Errorf("groups %q", names)
	}
	names = nil
	for _, a := range mixed.Aliases() {
		names = append(names, a.Name)
	}
	want = []string{"any", "b1", "chained", "chat", "gpt-4", "llm/nice", "loop", "nowhere", "openai/old", "star"}
	if !slices.Equal(names, want) {
		t.Errorf("aliases %q", names)
	}
	if !mixed.HasWildcards() || NewTable(deployments("a", "chat", "openai/x"), nil).HasWildcards() {
		t.Error("HasWildcards is wrong")
	}
}

func TestEmptyTable(t *testing.T) {
	table := NewTable(nil, nil)
	if m, ok := table.Resolve("chat", infer); ok {
		t.Errorf("got %+v", m)
	}
}

func TestResolveDoesNotAllocate(t *testing.T) {
	provider := infer
	if n := testing.AllocsPerRun(100, func() { mixed.Resolve("chat", provider) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
