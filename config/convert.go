package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

const (
	maxDepth    = 64
	maxExpanded = 100_000 // values that may come out of aliases and merge keys; a bound for "billion laughs"
)

// converter turns the parser's tree into ours.
type converter struct {
	*diagnosis
	source   *source
	active   []*yaml.Node // aliased values around the current one
	expanded int
}

func convert(d *diagnosis, s *source, root *yaml.Node) *node {
	c := &converter{diagnosis: d, source: s}
	return c.node(root, "", 0)
}

func (c *converter) pos(y *yaml.Node) Pos {
	return Pos{c.source.name, max(y.Line, 1), max(y.Column, 1)}
}

func (c *converter) node(y *yaml.Node, path string, depth int) *node {
	n := &node{place: place{c.pos(y), path}}
	if !c.affordable(n, depth) {
		return n
	}
	switch y.Kind {
	case yaml.AliasNode:
		return c.alias(y, path, depth)
	case yaml.SequenceNode:
		c.list(n, y, depth)
	case yaml.MappingNode:
		c.mapping(n, y, depth)
	default:
		c.scalar(n, y)
	}
	return n
}

func (c *converter) affordable(n *node, depth int) bool {
	if depth > maxDepth {
		c.errorf(place{Pos: n.Pos}, "nested deeper than %d levels", maxDepth)
		return false
	}
	if len(c.active) > 0 {
		c.expanded++
	}
	if c.expanded == maxExpanded {
		c.errorf(place{Pos: n.Pos}, "aliases expand to more than %d values", maxExpanded)
	}
	return c.expanded < maxExpanded
}

func (c *converter) alias(y *yaml.Node, path string, depth int) *node {
	if slices.Contains(c.active, y.Alias) {
		at := place{c.pos(y), path}
		c.errorf(at, "alias %q contains itself", y.Value)
		return &node{place: at}
	}
	c.active = append(c.active, y.Alias)
	n := c.node(y.Alias, path, depth+1)
	c.active = c.active[:len(c.active)-1]
	return n
}

func (c *converter) list(n *node, y *yaml.Node, depth int) {
	n.kind = list
	c.checkTag(n, y, "!!seq")
	for i, item := range y.Content {
		n.items = append(n.items, c.node(item, itemPath(n.path, i), depth+1))
	}
}

func (c *converter) checkTag(n *node, y *yaml.Node, allowed ...string) {
	if y.Style&yaml.TaggedStyle != 0 && !slices.Contains(allowed, y.ShortTag()) {
		c.errorf(n.place, "YAML tags are not supported: text that begins with ! must be quoted")
	}
}

func (c *converter) scalar(n *node, y *yaml.Node) {
	c.checkTag(n, y, "!!str", "!!int", "!!float", "!!bool", "!!null")
	value := c.source.restore(y.Value)
	const quoted = yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	if y.Style&quoted != 0 || y.Style&yaml.TaggedStyle != 0 && y.ShortTag() == "!!str" {
		n.kind, n.text = text, value
		return
	}
	n.setPlain(value)
}
