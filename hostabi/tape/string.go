package tape

// StringEnd returns the position of the quote that ends the string whose inside begins at b[i], or -1 when there is none
// or the string is malformed.
func StringEnd(b []byte, i int) int {
	if i < 0 || i > len(b) {
		return -1
	}
	s := scanner{src: b}
	end, _ := s.quoted(i)
	return end
}
