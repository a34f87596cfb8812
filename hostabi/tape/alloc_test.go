package tape

import "testing"

func TestAllocations(t *testing.T) {
	internChat(t)
	src := chatRequest(10 << 10)
	p := chatPatch()
	var d, dst Doc
	var out []byte
	ops := []Op{{Kind: OpLit, Len: 2}, {Kind: OpRaw, Doc: 1, Len: 900}, {Kind: OpQuote, Doc: 1, Len: 900}, {Kind: OpUnquote, Doc: 1, Len: 900}}
	source := func(uint16) []byte { return d.Src }
	var err error
	for _, c := range []struct {
		name string
		do   func()
	}{
		{"Scan", func() { err = d.Scan(src) }},
		{"Patch.Apply", func() { p.Apply(&dst, &d) }},
		{"Splice", func() { out, err = Splice(out[:0], ops, src, source, 1<<20) }},
		{"Lookup", func() { Lookup(src[2:7]) }},
		{"Get, Named", func() { d.Named(d.Get(0, Lookup(src[2:7])), "x") }},
	} {
		if n := testing.AllocsPerRun(100, c.do); n != 0 || err != nil {
			t.Errorf("%s: %g allocations, %v", c.name, n, err)
		}
	}
}
