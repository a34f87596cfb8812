package sdk

// maxDigits is how many digits fit into an int64 for certain.
const maxDigits = 18

// plainInt reads a number that is written without fraction and exponent, without allocating.
func (v Value) plainInt() (n int64, ok bool) {
	if small := v.node().Val; small != 0 {
		return int64(small) - 1, true
	}
	if v.Len() > maxDigits {
		return 0, false
	}
	b := v.doc.short(v.node().Off, v.node().Len)
	negative := len(b) > 0 && b[0] == '-'
	if negative {
		b = b[1:]
	}
	for _, c := range b {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	if negative {
		n = -n
	}
	return n, len(b) > 0
}
