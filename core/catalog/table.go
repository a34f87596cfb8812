package catalog

import (
	"bytes"
	_ "embed" // prices.json.gz
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

//go:embed prices.json.gz
var bundled []byte

// prices decodes the bundled list once. It panics on a damaged list, which the tests rule out for the one in the binary.
var prices = sync.OnceValue(func() *table {
	file, err := pricelist.Read(bytes.NewReader(bundled))
	if err != nil {
		panic("catalog: " + err.Error())
	}
	return newTable(file)
})

// table is a price list made ready for lookups. It never changes.
type table struct {
	lists   []list
	byAlias []indexed // provider name → index in lists
}

// list is the models of one provider.
type list struct {
	name     string
	fallback []*list
	owns     []rule // bare names that belong to this provider
	models   []pricelist.Model
	byName   []indexed // lower-case name → index in models
	rules    []rule    // tried in order for names that byName lacks
}

// indexed points from a name to a place in a slice. Sorted slices of it take a fraction of a map's memory.
type indexed struct {
	name string
	at   int
}

func newTable(file *pricelist.File) *table {
	t := &table{lists: make([]list, len(file.Providers))}
	for i, p := range file.Providers {
		t.lists[i] = newList(p)
		for _, alias := range p.Names {
			t.byAlias = append(t.byAlias, indexed{alias, i})
		}
	}
	sortByName(t.byAlias)
	for i, p := range file.Providers {
		for _, name := range p.Fallback {
			t.lists[i].fallback = append(t.lists[i].fallback, t.list(name))
		}
	}
	return t
}

func newList(p pricelist.Provider) list {
	l := list{name: p.Names[0], models: p.Models}
	for _, r := range p.Match {
		l.owns = append(l.owns, newRule(r, 0))
	}
	for i := range l.models {
		m := &l.models[i]
		l.byName = append(l.byName, indexed{strings.ToLower(m.ID), i})
		for _, name := range m.Names {
			l.byName = append(l.byName, indexed{name, i})
		}
		for _, r := range m.Match {
			l.rules = append(l.rules, newRule(r, i))
		}
		m.Names, m.Match = nil, nil
	}
	sortByName(l.byName)
	l.byName = slices.Clip(l.byName)
	return l
}

func sortByName(s []indexed) {
	slices.SortFunc(s, func(a, b indexed) int { return strings.Compare(a.name, b.name) })
}

// list returns the list serving a LiteLLM provider name, nil when there is none.
func (t *table) list(provider string) *list {
	i, ok := slices.BinarySearchFunc(t.byAlias, provider, indexed.compare)
	if !ok {
		return nil
	}
	return &t.lists[t.byAlias[i].at]
}

// rule is a condition on lower-case names and the model it leads to.
type rule struct {
	pricelist.Rule
	regex, not *regexp.Regexp
	model      int
}

func newRule(r pricelist.Rule, model int) rule {
	out := rule{Rule: r, model: model}
	if r.Regex != "" {
		out.regex = regexp.MustCompile(r.Regex)
	}
	if r.Not != "" {
		out.not = regexp.MustCompile(r.Not)
	}
	return out
}

func (r *rule) matches(name string) bool {
	return (r.Equals == "" || r.Equals == name) &&
		strings.HasPrefix(name, r.Prefix) &&
		strings.HasSuffix(name, r.Suffix) &&
		strings.Contains(name, r.Contains) &&
		(r.regex == nil || r.regex.MatchString(name)) &&
		(r.not == nil || !r.not.MatchString(name))
}
