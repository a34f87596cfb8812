package route

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"github.com/sluice-gateway/sluice/core"
)

// Alias makes a model group answer to another name.
type Alias struct {
	Name, Group string
	Hidden      bool // not listed
}

// Group is the deployments that share a model name.
type Group struct {
	Name        string
	Deployments []*core.Deployment
	choices     []*core.Deployment // those that can be called
	weights     []float64          // running sums over choices; nil = uniform
}

// NewGroup returns a group of at least one deployment.
func NewGroup(name string, deployments ...*core.Deployment) *Group {
	g := &Group{Name: name, Deployments: deployments}
	for _, d := range deployments {
		if !d.Unusable {
			g.choices = append(g.choices, d)
		}
	}
	if len(g.choices) == 0 {
		g.choices = deployments
	}
	g.weigh()
	return g
}

// Choices is how many deployments there are to pick from.
func (g *Group) Choices() int { return len(g.choices) }

// Table resolves model names to groups. It is immutable.
type Table struct {
	groups    map[string]*Group
	order     []*Group
	byID      map[string]*Group // a group of one
	aliases   map[string]Alias
	wildcards []*Group
	byTarget  map[string]*Group
}

// NewTable builds the table from all deployments in file order.
func NewTable(deployments []*core.Deployment, aliases []Alias) *Table {
	t := &Table{groups: map[string]*Group{}, byID: map[string]*Group{}, aliases: map[string]Alias{}, byTarget: map[string]*Group{}}
	var names []string
	members := map[string][]*core.Deployment{}
	for _, d := range deployments {
		t.byID[d.ID] = NewGroup(d.Group, d)
		if _, known := t.byTarget[d.Model]; !known {
			t.byTarget[d.Model] = t.byID[d.ID]
		}
		if members[d.Group] == nil {
			names = append(names, d.Group)
		}
		members[d.Group] = append(members[d.Group], d)
	}
	for _, name := range names {
		g := NewGroup(name, members[name]...)
		t.groups[name] = g
		t.order = append(t.order, g)
		if strings.Contains(name, "*") {
			t.wildcards = append(t.wildcards, g)
		}
	}
	slices.SortStableFunc(t.wildcards, func(a, b *Group) int {
		return cmp.Or(cmp.Compare(len(b.Name), len(a.Name)), cmp.Compare(specials(b.Name), specials(a.Name)))
	})
	for _, a := range aliases {
		t.aliases[a.Name] = a
	}
	return t
}

func specials(s string) int {
	n := 0
	for _, r := range s {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) {
			n++
		}
	}
	return n
}

// Match is what a model name resolved to.
type Match struct {
	Group *Group
	// Captured is what each * of a wildcard group stood for; nil for other groups.
	Captured []string
	Wildcard bool
}

// Resolve finds the group for a name: an exact model_name, a deployment id, an alias, a wildcard, or a deployment whose
// litellm_params.model it is. provider returns the name with its inferred provider's prefix, "" when there is none;
// wildcards are tried with both.
func (t *Table) Resolve(name string, provider func(string) string) (Match, bool) {
	if g := t.groups[name]; g != nil && !strings.Contains(name, "*") {
		return Match{Group: g}, true
	}
	if g := t.byID[name]; g != nil {
		return Match{Group: g}, true
	}
	if a, ok := t.aliases[name]; ok {
		if m, ok := t.behindAlias(a.Group, provider); ok {
			return m, true
		}
	}
	if m, ok := t.wildcard(name, provider); ok {
		return m, true
	}
	if g := t.byTarget[name]; g != nil {
		return Match{Group: g}, true
	}
	return Match{}, false
}

// behindAlias does not follow a second alias: two that name each other would never end.
func (t *Table) behindAlias(name string, provider func(string) string) (Match, bool) {
	if g := t.groups[name]; g != nil && !strings.Contains(name, "*") {
		return Match{Group: g}, true
	}
	return t.wildcard(name, provider)
}

func (t *Table) wildcard(name string, provider func(string) string) (Match, bool) {
	if len(t.wildcards) == 0 {
		return Match{}, false
	}
	if m, ok := t.pattern(name); ok {
		return m, true
	}
	if full := provider(name); full != "" && full != name {
		return t.pattern(full)
	}
	return Match{}, false
}

func (t *Table) pattern(name string) (Match, bool) {
	for _, g := range t.wildcards {
		if captured, ok := core.Capture(g.Name, name); ok {
			return Match{Group: g, Captured: captured, Wildcard: true}, true
		}
	}
	return Match{}, false
}

// HasWildcards reports whether any group is a pattern.
func (t *Table) HasWildcards() bool { return len(t.wildcards) > 0 }

// Groups lists the groups in the order of the file.
func (t *Table) Groups() []*Group { return t.order }

// Aliases lists the aliases that may be shown, by name.
func (t *Table) Aliases() []Alias {
	var shown []Alias
	for _, a := range t.aliases {
		if !a.Hidden {
			shown = append(shown, a)
		}
	}
	slices.SortFunc(shown, func(a, b Alias) int { return cmp.Compare(a.Name, b.Name) })
	return shown
}

// TargetModel is the upstream model for a name that matched a wildcard: the stars of litellm_params.model are replaced
// by what the name's stars stood for, from the left. With fewer stars than captures the whole name is used; without any,
// the model as it is.
func (m Match) TargetModel(model, name string) string {
	parts := strings.Split(model, "*")
	switch stars := len(parts) - 1; {
	case !m.Wildcard || stars == 0:
		return model
	case stars < len(m.Captured):
		return name
	}
	target := parts[0]
	for i, part := range parts[1:] {
		if i < len(m.Captured) {
			target += m.Captured[i] + part
		} else {
			target += "*" + part
		}
	}
	return target
}
