package tape

func isDigit(c byte) bool { return c-'0' <= 9 }

// digits moves past one number: -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) digits(i int) int {
	src := s.src
	if i < len(src) && src[i] == '-' {
		i++
	}
	first := i
	if i = skipDigits(src, i); i == first {
		return s.fail(i, "malformed number")
	}
	if src[first] == '0' && i > first+1 {
		return s.fail(first, "malformed number")
	}
	if i < len(src) && src[i] == '.' {
		first = i + 1
		if i = skipDigits(src, first); i == first {
			return s.fail(i, "malformed number")
		}
	}
	if i < len(src) && src[i]|0x20 == 'e' {
		first = i + 1
		if first < len(src) && (src[first] == '+' || src[first] == '-') {
			first++
		}
		if i = skipDigits(src, first); i == first {
			return s.fail(i, "malformed number")
		}
	}
	return i
}

// maxSmall is the largest number that a node's Val holds; it holds one more, as 0 stands for none.
const maxSmall = 1<<16 - 2

// smallNumber is what a number's Val is: one more than a whole number from 0 to 65534, 0 for any other. Counters are
// mostly of that kind, and a guest need not fetch their text.
func smallNumber(b []byte) Atom {
	if len(b) > 5 {
		return 0
	}
	n := uint32(0)
	for _, c := range b {
		if !isDigit(c) {
			return 0
		}
		n = n*10 + uint32(c-'0')
	}
	if n > maxSmall {
		return 0
	}
	return Atom(n + 1)
}

func skipDigits(src []byte, i int) int {
	for i < len(src) && isDigit(src[i]) {
		i++
	}
	return i
}

// flat tries to move past an array of nothing but numbers, from the first to the closing bracket. It returns -1 when
// something else turns up.
func (s *scanner) flat(i int) int {
	for {
		if i = s.digits(i); i < 0 {
			return failed
		}
		var c byte
		switch i, c = s.peek(i); c {
		case ',':
			i, _ = s.peek(i + 1)
		case ']':
			return i
		default:
			return failed
		}
	}
}
