package config

import "regexp"

// clientSide reads a list of parameter names and of {name: pattern}.
var clientSide = listOf("a list of parameter names or {name: pattern}", reader[ClientSideParam]{
	"a parameter name or {name: pattern}", func(d *diagnosis, n *node) (ClientSideParam, bool) {
		if n.kind != mapping {
			name, ok := words.read(d, n)
			return ClientSideParam{Name: name}, ok
		}
		if len(n.entries) != 1 {
			d.errorf(n.place, "expected one {name: pattern}, found %d", len(n.entries))
			return ClientSideParam{}, false
		}
		e := n.entries[0]
		pattern, ok := fullPattern.read(d, e.value)
		return ClientSideParam{e.key, pattern}, ok
	}})

// fullPattern reads a regular expression. An empty one is refused, for it would allow nothing while looking like all.
var fullPattern = scalarReader("a regular expression (RE2 syntax)", func(n *node) (string, bool) {
	_, err := regexp.Compile("^(?:" + n.text + ")$")
	return n.text, err == nil && n.isScalar() && n.text != ""
})
