package pipeline

// withoutTrailingCommas returns a copy of a JSON text without the commas that stand before a closing bracket; nil when
// there are none. The documentation that users copy their requests from has such bodies.
func withoutTrailingCommas(body []byte) []byte {
	var fixed []byte
	kept, inString := 0, false
	last := byte(',') // that is not white space
	for i := 0; i < len(body); i++ {
		c := body[i]
		switch {
		case inString && c == '\\':
			i++
		case c == '"':
			inString = !inString
		case c == ',' && !inString && ends(last) && closes(body[i+1:]):
			fixed = append(fixed, body[kept:i]...)
			kept = i + 1
		}
		if c > ' ' {
			last = c
		}
	}
	if kept == 0 {
		return nil
	}
	return append(fixed, body[kept:]...)
}

// ends reports whether a value can end with the byte.
func ends(c byte) bool { return c != ',' && c != '{' && c != '[' && c != ':' }

// closes reports whether a closing bracket is what comes next.
func closes(rest []byte) bool {
	for _, c := range rest {
		switch c {
		case ' ', '\t', '\n', '\r':
		case '}', ']':
			return true
		default:
			return false
		}
	}
	return false
}
