package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

func (c *converter) mapping(n *node, y *yaml.Node, depth int) {
	n.kind = mapping
	c.checkTag(n, y, "!!map")
	c.merge(n, y, depth)
	keys := keyIndex{at: make(map[string]int, len(y.Content)/2), inherited: map[string]bool{}}
	for i, e := range n.entries {
		keys.at[e.key], keys.inherited[e.key] = i, true
	}
	for i := 0; i+1 < len(y.Content); i += 2 {
		if key := y.Content[i]; key.ShortTag() != "!!merge" {
			c.entry(n, keys, key, y.Content[i+1], depth)
		}
	}
}

// keyIndex finds the entries of a mapping under construction and tells which came from a merge key.
type keyIndex struct {
	at        map[string]int
	inherited map[string]bool
}

// merge puts the entries of a merge key first, as PyYAML does; the order counts for deployment ids.
func (c *converter) merge(n *node, y *yaml.Node, depth int) {
	first := 0
	for i := 0; i+1 < len(y.Content); i += 2 {
		switch key := y.Content[i]; {
		case key.ShortTag() != "!!merge":
		case first > 0:
			c.errorf(place{c.pos(key), n.path}, "<< is already used on line %d: merge a list of mappings", first)
		default:
			first = key.Line
			c.mergeValue(n, c.node(y.Content[i+1], n.path, depth+1))
			n.rename(n.path)
		}
	}
}

func (c *converter) mergeValue(n, from *node) {
	if from.kind != list {
		c.inherit(n, from)
		return
	}
	for _, item := range slices.Backward(from.items) {
		c.inherit(n, item)
	}
}

// inherit takes over the entries of from; a key already there keeps its place and gets the new value.
func (c *converter) inherit(n, from *node) {
	if from.kind != mapping {
		c.errorf(from.place, "only a mapping or a list of mappings can be merged with <<")
		return
	}
	for _, e := range from.entries {
		same := func(other entry) bool { return other.key == e.key }
		if i := slices.IndexFunc(n.entries, same); i >= 0 {
			n.entries[i] = e
			continue
		}
		n.entries = append(n.entries, e)
	}
}

func (c *converter) entry(n *node, keys keyIndex, key, value *yaml.Node, depth int) {
	if key.Kind == yaml.AliasNode {
		key = key.Alias
	}
	at := place{c.pos(key), n.path}
	if key.Kind != yaml.ScalarNode {
		c.errorf(at, "a key must be text")
		return
	}
	e := entry{key: c.source.restore(key.Value), keyAt: at.Pos}
	e.value = c.node(value, keyPath(n.path, e.key), depth+1)
	switch i, found := keys.at[e.key]; {
	case !found:
		keys.at[e.key] = len(n.entries)
		n.entries = append(n.entries, e)
	case keys.inherited[e.key]:
		delete(keys.inherited, e.key)
		n.entries[i] = e
	default:
		c.errorf(e.at(), "key %q is already set on line %d", e.key, n.entries[i].keyAt.Line)
	}
}
