package sdk

import "github.com/sluice-gateway/sluice/hostabi/tape"

// Head returns the first n bytes of a string as it is written between its quotes, or all of it when it is shorter: what
// a long data URL says of itself. It is "" for anything but a string.
func (v Value) Head(n int) string {
	if !v.IsString() {
		return ""
	}
	return string(v.doc.bytes(v.node().Off, uint32(min(n, v.Len()))))
}

// Rest adds what follows the first from bytes inside a string value: still escaped, without quotes. The cut must not
// fall into an escape.
func (o *Out) Rest(v Value, from int) *Out {
	if !v.IsString() || from > v.Len() {
		return o
	}
	return o.source(tape.OpRaw, v, v.node().Off+uint32(from), v.node().Len-uint32(from))
}

// HoldsObject reports whether a string's text is a JSON object that begins with its brace. Unlike Parse it fetches no
// index. The host parses at most 64 strings of one event: beyond that, and with white space in front, it is false.
func (v Value) HoldsObject() bool {
	if !v.IsString() || v.Len() < 2 {
		return false
	}
	if first := v.doc.short(v.node().Off, 1); len(first) == 0 || first[0] != '{' {
		return false
	}
	return v.doc.valid(v.node().Off, v.node().Len)
}
