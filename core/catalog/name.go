package catalog

import (
	"cmp"
	"strings"
)

func (e indexed) compare(name string) int { return strings.Compare(e.name, name) }

// compareFold compares the lower-case name of e with a name in any case, without lower-casing that one first.
func (e indexed) compareFold(name string) int {
	for i := range min(len(e.name), len(name)) {
		if c := cmp.Compare(e.name[i], lower(name[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(e.name), len(name))
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + ('a' - 'A')
	}
	return c
}

// cutDate splits a name that ends with a date, written -2024-08-06, -20240806 or @20240806. The date comes back as eight
// digits.
func cutDate(name string) (base, date string, ok bool) {
	if n := len(name) - len("-2024-08-06"); n > 0 && name[n] == '-' && name[n+5] == '-' && name[n+8] == '-' {
		date = name[n+1:n+5] + name[n+6:n+8] + name[n+9:]
		return name[:n], date, isDate(date)
	}
	if n := len(name) - len("-20240806"); n > 0 && (name[n] == '-' || name[n] == '@') {
		return name[:n], name[n+1:], isDate(name[n+1:])
	}
	return name, "", false
}

// isDate reports whether eight bytes read as a day of this century.
func isDate(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	month, day := s[4:6], s[6:]
	return s[:2] == "20" && "01" <= month && month <= "12" && "01" <= day && day <= "31"
}
