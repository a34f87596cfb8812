package rewrite

import "strings"

// Subsections of the name section.
const (
	namesModule    = 0
	namesFunctions = 1
)

// keepCustom tells whether a custom section still means something after rewriting. Debug information doesn't: it
// points into the code.
func keepCustom(name string) bool { return !strings.HasPrefix(name, ".debug_") }

// names writes the content of the name section with moved function indexes, for stack traces: the names of the module
// and of functions. It returns nil for a section that is malformed, which is as good as none.
func (e *emitter) names(content []byte) []byte {
	r := reader{buf: content, end: len(content)}
	out := []byte{}
	for r.more() {
		id := r.byte()
		sub := r.sub(r.u32())
		switch id {
		case namesModule:
			name := sub.bytes(sub.u32())
			out = appendSection(out, namesModule, appendName(nil, string(name)))
		case namesFunctions:
			out = appendSection(out, namesFunctions, e.functionNames(&sub))
		}
		if sub.err != nil || r.err != nil {
			return nil
		}
	}
	return out
}

func (e *emitter) functionNames(r *reader) []byte {
	n := r.count(maxItems, "names")
	out := appendU32(nil, n)
	for range n {
		if r.err != nil {
			return nil
		}
		out = appendU32(out, e.moved(r.u32()))
		out = appendName(out, string(r.bytes(r.u32())))
	}
	return out
}
