package config

import "strings"

// Mask shortens a secret to what helps to recognize it: the last four characters of a long one, "****" for others
// and "" for none.
func Mask(secret string) string {
	const long, shown = 16, 4
	switch {
	case secret == "":
		return ""
	case len(secret) < long || !isPrintable(secret):
		return "****"
	case strings.HasPrefix(secret, "sk-"):
		return "sk-…" + secret[len(secret)-shown:]
	}
	return "…" + secret[len(secret)-shown:]
}

// isPrintable reports whether s is ASCII without control characters, so that cutting and printing it is safe.
func isPrintable(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

var (
	secretNames    = []string{"key", "token", "password", "passwd", "auth", "authorization", "cookie"}
	secretEndings  = []string{"_key", "_token", "apikey"}
	secretElements = []string{"secret", "password", "passwd", "credential", "private_key"}
)

// looksSecret guesses from the name of an undeclared key or a header whether its value must not be shown.
func looksSecret(name string) bool {
	name = normalized(name)
	for _, s := range secretNames {
		if name == s {
			return true
		}
	}
	for _, s := range secretEndings {
		if strings.HasSuffix(name, s) {
			return true
		}
	}
	for _, s := range secretElements {
		if strings.Contains(name, s) {
			return true
		}
	}
	return strings.HasSuffix(name, "_authorization")
}

// holdsSecret reports whether a mapping or list has a key that looks secret anywhere inside.
func (n *node) holdsSecret() bool {
	for _, item := range n.items {
		if item.holdsSecret() {
			return true
		}
	}
	for _, e := range n.entries {
		if looksSecret(e.key) || e.value.holdsSecret() {
			return true
		}
	}
	return false
}
