package trust

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Grants is what a plugin may do, as its manifest asks for it and the lock approves it. Lists are sorted, nothing is
// there twice.
type Grants struct {
	Hooks     []string          // what it is called for
	Text      []string          // roles whose text it sees
	Headers   []string          // of the client's request, in lower case
	Env       []string          // environment variables whose values the host sends for it
	Upstreams map[string]string // services that it calls, by name; the URL is "" where the operator has to say it
	Vendors   map[string]string // providers that it serves, by name; the URL likewise
	KV        int               // bytes
	Match     bool
}

// Asks returns what a manifest asks for.
func Asks(m *hostabi.Manifest) Grants {
	g := Grants{Hooks: sorted(m.Hooks), Text: sorted(m.Needs.Text), Headers: sorted(m.Needs.Headers), KV: m.Needs.KV, Match: m.Needs.Match}
	var env []string
	for _, u := range m.Needs.Upstreams {
		put(&g.Upstreams, u.Name, u.URL)
		env = append(env, slices.Concat(slices.Collect(maps.Values(u.Env))...)...)
	}
	for _, v := range m.Vendors {
		for _, name := range append([]string{v.Name}, v.Aliases...) {
			put(&g.Vendors, name, v.BaseURL)
		}
		env = append(env, slices.Concat(slices.Collect(maps.Values(v.Env))...)...)
	}
	g.Env = sorted(env)
	return g
}

func put(m *map[string]string, name, url string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[printable(name)] = printable(url)
}

// sorted returns the list in order, each once, nil for an empty one. Manifests are strangers' texts, and are shown.
func sorted(list []string) []string {
	var clean []string
	for _, s := range list {
		clean = append(clean, printable(s))
	}
	slices.Sort(clean)
	return slices.Compact(clean)
}

// Words says what is granted, one sentence's object per grant: "to see text of user".
func (g Grants) Words() []string { return g.Beyond(Grants{}) }

// Beyond says in words what g has that the other has not.
func (g Grants) Beyond(other Grants) []string {
	var words []string
	list := func(format string, mine, theirs []string) {
		more := slices.DeleteFunc(slices.Clone(mine), func(s string) bool { return slices.Contains(theirs, s) })
		if len(more) > 0 {
			words = append(words, fmt.Sprintf(format, strings.Join(more, ", ")))
		}
	}
	list("to be called for %s", g.Hooks, other.Hooks)
	list("to see the text of %s", g.Text, other.Text)
	list("to read the request headers %s", g.Headers, other.Headers)
	words = append(words, beyond("to call the upstream %s", g.Upstreams, other.Upstreams)...)
	words = append(words, beyond("to serve the provider %s", g.Vendors, other.Vendors)...)
	list("to have the credentials and addresses in %s used for it", g.Env, other.Env)
	if g.KV > other.KV {
		words = append(words, fmt.Sprintf("to store %d bytes", g.KV))
	}
	if g.Match && !other.Match {
		words = append(words, "to search text for words and patterns")
	}
	return words
}

func beyond(format string, mine, theirs map[string]string) []string {
	var words []string
	for _, name := range slices.Sorted(maps.Keys(mine)) {
		url, known := theirs[name]
		if known && url == mine[name] {
			continue
		}
		at := "at an address that you configure"
		if mine[name] != "" {
			at = "at " + mine[name]
		}
		words = append(words, fmt.Sprintf(format, name)+" "+at)
	}
	return words
}
