package config

import (
	"fmt"
	"regexp"
	"strconv"
)

// Pos is a place in a config file; Line and Column count from 1, columns in characters.
type Pos struct {
	File         string
	Line, Column int
}

// place is a position together with the key path that leads there.
type place struct {
	Pos
	path string
}

type kind uint8

const (
	null kind = iota
	boolean
	integer
	float
	text
	list
	mapping
)

// node is a value of the config tree: aliases expanded, merge keys applied, scalars typed.
type node struct {
	place
	kind    kind
	text    string // scalars: as written, or the variable's value
	number  string // integer, float: the spelling Python prints, which is valid JSON too
	truth   bool
	items   []*node
	entries []entry
	env     string // the variable a resolved scalar came from
	secret  bool   // never to be quoted in a finding
}

// entry is one key of a mapping, in file order.
type entry struct {
	key   string
	keyAt Pos
	value *node
}

// at is the place of the key; its path is that of the value.
func (e entry) at() place { return place{e.keyAt, e.value.path} }

// get returns the value of key, nil when n is nil or has none.
func (n *node) get(key string) *node {
	if n == nil {
		return nil
	}
	for _, e := range n.entries {
		if e.key == key {
			return e.value
		}
	}
	return nil
}

func (n *node) isScalar() bool { return n.kind < list }

// describe names the value for a message without giving a secret away.
func (n *node) describe() string {
	switch {
	case n.kind == null:
		return "nothing"
	case n.kind == list:
		return "a list"
	case n.kind == mapping:
		return "a mapping"
	case n.secret:
		return "another value"
	case n.env != "":
		return "the value of " + n.env
	case len(n.text) > 60:
		return strconv.Quote(n.text[:60]) + "…"
	}
	return strconv.Quote(n.text)
}

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

func keyPath(path, key string) string {
	switch {
	case !bareKey.MatchString(key):
		return fmt.Sprintf("%s[%q]", path, key)
	case path == "":
		return key
	}
	return path + "." + key
}

func itemPath(path string, index int) string { return fmt.Sprintf("%s[%d]", path, index) }

// rename gives n and all below it the paths they have under path; needed when lists of several files are joined.
func (n *node) rename(path string) {
	n.path = path
	for i, item := range n.items {
		item.rename(itemPath(path, i))
	}
	for _, e := range n.entries {
		e.value.rename(keyPath(path, e.key))
	}
}
