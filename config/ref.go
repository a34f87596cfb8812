package config

import (
	"fmt"
	"strconv"
)

// Ref leads to a value in the files, for findings of those who know more about it than this package: a plugin's schema,
// the plugins at hand. The zero Ref leads to no place.
type Ref struct {
	node *node
	key  Pos // of the value's key, when it has one
}

// To follows keys of mappings and indexes of lists, as far as they lead.
func (r Ref) To(steps ...string) Ref {
	for _, step := range steps {
		next := r.step(step)
		if next.node == nil {
			break
		}
		r = next
	}
	return r
}

// Has reports whether the value is a mapping with that key.
func (r Ref) Has(key string) bool { return r.node.get(key) != nil }

func (r Ref) step(step string) Ref {
	if r.node == nil {
		return Ref{}
	}
	for _, e := range r.node.entries {
		if e.key == step {
			return Ref{e.value, e.keyAt}
		}
	}
	if i, err := strconv.Atoi(step); err == nil && i >= 0 && i < len(r.node.items) {
		return Ref{node: r.node.items[i]}
	}
	return Ref{}
}

// Pos is where the value begins.
func (r Ref) Pos() Pos {
	if r.node == nil {
		return Pos{}
	}
	return r.node.Pos
}

// Finding is a remark about the value.
func (r Ref) Finding(level Level, format string, args ...any) Finding {
	f := Finding{Level: level, Message: fmt.Sprintf(format, args...)}
	if r.node != nil {
		f.File, f.Line, f.Column, f.Path = r.node.File, r.node.Line, r.node.Column, r.node.path
	}
	return f
}

// KeyFinding is a remark about the value's key, where it has one.
func (r Ref) KeyFinding(level Level, format string, args ...any) Finding {
	f := r.Finding(level, format, args...)
	if r.key != (Pos{}) {
		f.File, f.Line, f.Column = r.key.File, r.key.Line, r.key.Column
	}
	return f
}

// Meaning returns the finding with the nearest of names as its suggestion, if one is near what was written.
func (f Finding) Meaning(written string, names []string) Finding {
	f.Suggestion = closest(written, names)
	return f
}

// Mention is a place that names a plugin, or something that may be one.
type Mention struct {
	Name string
	At   Ref `json:"-"`
}

var mention = reader[Mention]{words.want, func(d *diagnosis, n *node) (Mention, bool) {
	name, ok := words.read(d, n)
	return Mention{name, Ref{node: n}}, ok
}}

var mentions = listOf("a list of texts", mention)
