package sdk

// maxShort is the longest text that is read without allocating.
const maxShort = 512

// Equals reports whether the value is a string without escapes that is written s, or a number that is. Unlike Text it
// allocates nothing for texts of up to 512 bytes.
func (v Value) Equals(s string) bool {
	if v.doc == nil || v.Len() != len(s) {
		return false
	}
	if len(s) > maxShort {
		return string(v.doc.bytes(v.node().Off, v.node().Len)) == s
	}
	return string(v.doc.short(v.node().Off, v.node().Len)) == s
}

// Before returns what stands before the value in its document.
func (v Value) Before() string {
	if v.doc == nil {
		return ""
	}
	off, _ := v.node().Span()
	return string(v.doc.bytes(0, off))
}

// After reports whether text is what stands before the value in its document. It allocates nothing for up to 512 bytes.
func (v Value) After(text string) bool {
	if v.doc == nil {
		return false
	}
	off, _ := v.node().Span()
	if int(off) != len(text) {
		return false
	}
	if off > maxShort {
		return string(v.doc.bytes(0, off)) == text
	}
	return string(v.doc.short(0, off)) == text
}

// Precedes reports whether v comes before w in the document that both are values of.
func (v Value) Precedes(w Value) bool { return v.doc != nil && v.doc == w.doc && v.i < w.i }
