package config

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
)

// pythonStr spells n as Python's str() does.
func pythonStr(n *node) string {
	if n.kind == text {
		return n.text
	}
	var b strings.Builder
	pythonRepr(&b, n)
	return b.String()
}

func pythonRepr(b *strings.Builder, n *node) {
	switch n.kind {
	case null:
		b.WriteString("None")
	case boolean:
		b.WriteString(pythonBool(n.truth))
	case integer, float:
		b.WriteString(n.number)
	case text:
		pythonQuote(b, n.text)
	case list:
		joined(b, "[", n.items, "]", pythonRepr)
	case mapping:
		joined(b, "{", n.entries, "}", func(b *strings.Builder, e entry) {
			pythonQuote(b, e.key)
			b.WriteString(": ")
			pythonRepr(b, e.value)
		})
	}
}

func pythonBool(truth bool) string {
	if truth {
		return "True"
	}
	return "False"
}

// pythonFloat spells f as repr() does: the shortest digits, an exponent below 1e-4 and from 1e16 on.
func pythonFloat(f float64) string {
	scientific := strconv.FormatFloat(f, 'e', -1, 64)
	_, digits, _ := strings.Cut(scientific, "e")
	if exponent, _ := strconv.Atoi(digits); exponent < -4 || exponent >= 16 {
		return scientific
	}
	s := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

func pythonQuote(b *strings.Builder, s string) {
	quote := '\''
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = '"'
	}
	b.WriteRune(quote)
	for _, r := range s {
		pythonRune(b, r, quote)
	}
	b.WriteRune(quote)
}

func pythonRune(b *strings.Builder, r, quote rune) {
	switch {
	case r == quote || r == '\\':
		b.WriteRune('\\')
		b.WriteRune(r)
	case r == '\n':
		b.WriteString(`\n`)
	case r == '\r':
		b.WriteString(`\r`)
	case r == '\t':
		b.WriteString(`\t`)
	case unicode.IsPrint(r):
		b.WriteRune(r)
	case r < 0x100:
		fmt.Fprintf(b, `\x%02x`, r)
	case r < 0x10000:
		fmt.Fprintf(b, `\u%04x`, r)
	default:
		fmt.Fprintf(b, `\U%08x`, r)
	}
}

// pythonJSON spells n as json.dumps does with its defaults: blanks after separators, ASCII only.
func pythonJSON(b *strings.Builder, n *node) {
	switch n.kind {
	case null:
		b.WriteString("null")
	case boolean:
		b.WriteString(strconv.FormatBool(n.truth))
	case integer, float:
		b.WriteString(n.number)
	case text:
		pythonJSONQuote(b, n.text)
	case list:
		joined(b, "[", n.items, "]", pythonJSON)
	case mapping:
		joined(b, "{", n.entries, "}", func(b *strings.Builder, e entry) {
			pythonJSONQuote(b, e.key)
			b.WriteString(": ")
			pythonJSON(b, e.value)
		})
	}
}

var pythonJSONEscapes = map[rune]string{
	'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`, '\b': `\b`, '\f': `\f`,
}

func pythonJSONQuote(b *strings.Builder, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch escape := pythonJSONEscapes[r]; {
		case escape != "":
			b.WriteString(escape)
		case r >= ' ' && r <= '~':
			b.WriteRune(r)
		case r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(b, `\u%04x\u%04x`, high, low)
		}
	}
	b.WriteByte('"')
}

func joined[E any](b *strings.Builder, open string, elements []E, end string, write func(*strings.Builder, E)) {
	b.WriteString(open)
	for i, e := range elements {
		if i > 0 {
			b.WriteString(", ")
		}
		write(b, e)
	}
	b.WriteString(end)
}
