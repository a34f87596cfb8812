package tape

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestSplice(t *testing.T) {
	docs := map[uint16][]byte{1: []byte(`{"a":"x\ny"}`), 2: []byte(`"q"`)}
	source := func(id uint16) []byte { return docs[id] }
	lit := []byte(`{"b":"` + "li\nt" + `"}`)
	for _, c := range []struct {
		name string
		ops  []Op
		want string
		err  error
	}{
		{"nothing", nil, ``, nil},
		{"literal", []Op{{Kind: OpLit, Off: 1, Len: 4}}, `"b":`, nil},
		{"quoted literal", []Op{{Kind: OpLitQuote, Off: 6, Len: 4}}, `li\nt`, nil},
		{"range", []Op{{Kind: OpRaw, Doc: 1, Off: 5, Len: 6}}, `"x\ny"`, nil},
		{"decoded range", []Op{{Kind: OpUnquote, Doc: 1, Off: 6, Len: 4}}, "x\ny", nil},
		{"quoted range", []Op{{Kind: OpQuote, Doc: 2, Off: 0, Len: 3}}, `\"q\"`, nil},
		{"several", []Op{{Kind: OpLit, Len: 1}, {Kind: OpRaw, Doc: 1, Off: 1, Len: 3}, {Kind: OpLit, Off: 4, Len: 1}, {Kind: OpRaw, Doc: 2, Len: 3}}, `{"a":"q"`, nil},
		{"end of the literals", []Op{{Kind: OpLit, Off: uint32(len(lit)), Len: 0}}, ``, nil},
		{"past the literals", []Op{{Kind: OpLit, Off: uint32(len(lit)), Len: 1}}, ``, ErrSpliceRange},
		{"past a document", []Op{{Kind: OpRaw, Doc: 2, Off: 1, Len: 3}}, ``, ErrSpliceRange},
		{"offset and length overflow", []Op{{Kind: OpRaw, Doc: 2, Off: 1<<32 - 1, Len: 2}}, ``, ErrSpliceRange},
		{"no such document", []Op{{Kind: OpRaw, Doc: 3, Len: 1}}, ``, ErrSpliceRange},
		{"unknown kind", []Op{{Kind: 5, Doc: 1}}, ``, ErrSpliceKind},
		{"good, then bad", []Op{{Kind: OpLit, Len: 4}, {Kind: 77, Doc: 1}}, ``, ErrSpliceKind},
		{"just within the limit", []Op{{Kind: OpRaw, Doc: 1, Len: 12}, {Kind: OpRaw, Doc: 2, Len: 3}, {Kind: OpLit, Len: 1}}, `{"a":"x\ny"}"q"{`, nil},
		{"over the limit", []Op{{Kind: OpRaw, Doc: 1, Len: 12}, {Kind: OpRaw, Doc: 2, Len: 3}, {Kind: OpLit, Len: 2}}, ``, ErrSpliceSize},
		{"over the limit by escapes", []Op{{Kind: OpRaw, Doc: 1, Len: 12}, {Kind: OpQuote, Doc: 2, Len: 3}}, ``, ErrSpliceSize},
	} {
		got, err := Splice([]byte("before"), c.ops, lit, source, 16)
		if !errors.Is(err, c.err) || string(got) != "before"+c.want {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got, err, "before"+c.want, c.err)
		}
	}
}

// opsOf makes operations of fuzzed bytes, most of them near the bounds.
func opsOf(data []byte) []Op {
	var ops []Op
	for ; len(data) >= 4; data = data[4:] {
		op := Op{Kind: OpKind(data[0] % 7), Doc: uint16(data[0]>>4) % 4, Off: uint32(data[1]), Len: uint32(data[2])}
		switch data[3] & 7 {
		case 0:
			op.Off = -op.Off
		case 1:
			op.Len = -op.Len
		}
		ops = append(ops, op)
	}
	return ops
}

func FuzzSplice(f *testing.F) {
	f.Add([]byte(`{"a":"x\ny\u00e9"}`), []byte("lit\"eral"), []byte{0, 0, 4, 9, 0x11, 0, 8, 9, 0x12, 6, 4, 9, 0x13, 0, 8, 9, 4, 0, 3, 9, 5, 0, 0, 9, 0x21, 0, 1, 9, 1, 1, 1, 0})
	f.Fuzz(func(t *testing.T, doc, lit, data []byte) {
		const limit = 300
		source := func(id uint16) []byte {
			if id == 1 {
				return doc
			}
			return nil
		}
		ops := opsOf(data)
		got, err := Splice([]byte("before"), ops, lit, source, limit)
		if !bytes.HasPrefix(got, []byte("before")) || len(got) > len("before")+limit {
			t.Fatalf("%d bytes, starting %.10q", len(got), got)
		}
		if err != nil {
			if len(got) != len("before") {
				t.Fatalf("%v, but %q was written", err, got)
			}
			return
		}
		var want strings.Builder
		for _, op := range ops {
			from := lit
			if op.Kind != OpLit && op.Kind != OpLitQuote {
				from = source(op.Doc)
			}
			piece := from[op.Off : op.Off+op.Len]
			switch op.Kind {
			case OpUnquote:
				piece = AppendUnquoted(nil, piece)
			case OpQuote, OpLitQuote:
				piece = AppendQuoted(nil, piece)
			}
			want.Write(piece)
		}
		if string(got[len("before"):]) != want.String() {
			t.Fatalf("got %q, want %q", got, want.String())
		}
	})
}
