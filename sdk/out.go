package sdk

import (
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Out collects the pieces of a document that the host will put together. The zero Out is empty; c.Out returns one that
// reuses its memory.
type Out struct {
	ops []tape.Op
	lit []byte
}

// Reset empties it.
func (o *Out) Reset() { o.ops, o.lit = o.ops[:0], o.lit[:0] }

// Lit adds text as it is.
func (o *Out) Lit(s string) *Out {
	o.literal(tape.OpLit, len(s))
	o.lit = append(o.lit, s...)
	return o
}

// literal notes that n bytes of lit follow, joining them to the literal before.
func (o *Out) literal(kind tape.OpKind, n int) {
	if k := len(o.ops) - 1; k >= 0 && kind == tape.OpLit && o.ops[k].Kind == kind {
		o.ops[k].Len += uint32(n)
		return
	}
	o.ops = append(o.ops, tape.Op{Kind: kind, Off: uint32(len(o.lit)), Len: uint32(n)})
}

// String adds a JSON string with the text s.
func (o *Out) String(s string) *Out {
	o.Lit(`"`)
	o.Escape(s)
	return o.Lit(`"`)
}

// Escape adds s as a part of a JSON string, without quotes.
func (o *Out) Escape(s string) *Out {
	if s == "" {
		return o
	}
	o.literal(tape.OpLitQuote, len(s))
	o.lit = append(o.lit, s...)
	return o
}

// Int adds a number.
func (o *Out) Int(n int64) *Out {
	before := len(o.lit)
	o.lit = strconv.AppendInt(o.lit, n, 10)
	o.added(len(o.lit) - before)
	return o
}

// Raw adds a value as it stands in its document, null when there is none.
func (o *Out) Raw(v Value) *Out {
	if !v.Exists() {
		return o.Lit("null")
	}
	off, end := v.node().Span()
	return o.source(tape.OpRaw, v, off, end-off)
}

// Member adds a member, key and value, as it stands in its document; nothing when there is none.
func (o *Out) Member(v Value) *Out {
	if !v.Exists() || v.node().KeyOff == 0 {
		return o
	}
	_, end := v.node().Span()
	from := v.node().KeyOff - 1
	return o.source(tape.OpRaw, v, from, end-from)
}

// Content adds the inside of a string value, for joining strings: still escaped, without quotes.
func (o *Out) Content(v Value) *Out {
	if !v.IsString() {
		return o
	}
	return o.source(tape.OpRaw, v, v.node().Off, v.node().Len)
}

// Unquote adds the decoded text of a string value: JSON that was kept in a string becomes JSON.
func (o *Out) Unquote(v Value) *Out {
	if !v.IsString() {
		return o
	}
	return o.source(tape.OpUnquote, v, v.node().Off, v.node().Len)
}

// Quote adds a JSON string that holds the value's source text: JSON becomes a string, an empty one when there is no
// value.
func (o *Out) Quote(v Value) *Out {
	if !v.Exists() {
		return o.Lit(`""`)
	}
	off, end := v.node().Span()
	o.Lit(`"`)
	o.source(tape.OpQuote, v, off, end-off)
	return o.Lit(`"`)
}

func (o *Out) source(kind tape.OpKind, v Value, off, n uint32) *Out {
	o.ops = append(o.ops, tape.Op{Kind: kind, Doc: uint16(v.doc.id), Off: off, Len: n})
	return o
}

func (o *Out) emit(ctx uint32, kind hostabi.Output) {
	if e := hostEmit(ctx, kind, o.ops, o.lit); e != 0 {
		panic("sdk: the host refused an answer, error " + strconv.Itoa(int(e)))
	}
}
