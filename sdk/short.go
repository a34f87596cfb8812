package sdk

// maxShort is the longest text that is read without allocating.
const maxShort = 128

// Equals reports whether the value is a string without escapes that is written s, or a number that is. Unlike Text it
// allocates nothing for texts of up to 128 bytes.
func (v Value) Equals(s string) bool {
	if v.doc == nil || v.Len() != len(s) {
		return false
	}
	if len(s) > maxShort {
		return string(v.doc.bytes(v.node().Off, v.node().Len)) == s
	}
	return string(v.doc.short(v.node().Off, v.node().Len)) == s
}
