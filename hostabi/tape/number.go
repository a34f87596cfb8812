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
