package chat

import (
	"strings"

	"github.com/sluice-gateway/sluice/sdk"
)

// describe finds the words of an error in a body of any shape that vendors are known to use, "" when there are none.
func describe(v sdk.Value) string {
	switch {
	case v.IsString():
		return v.Text()
	case v.IsArray():
		return describeAll(v)
	case !v.IsObject():
		return ""
	}
	for _, key := range [...]sdk.Atom{keyMessage, keyError, keyMsg, keyDetail, keyErrors, keyMessageUpper} {
		if text := describe(v.Get(key)); text != "" {
			return text + origin(v) + place(v)
		}
	}
	return ""
}

// describeAll joins what the elements say.
func describeAll(list sdk.Value) string {
	var texts []string
	for e := list.First(); e.Exists(); e = e.Next() {
		if text := describe(e); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "; ")
}

// origin is what an aggregator says of the provider behind it.
func origin(e sdk.Value) string {
	if raw := e.Get(keyMetadata).Get(keyRaw); raw.IsString() && !raw.Empty() {
		return ": " + raw.Text()
	}
	return ""
}

// place is where in the request a validation error lies.
func place(e sdk.Value) string {
	loc := e.Get(keyLoc)
	if !loc.IsArray() {
		return ""
	}
	return " (" + strings.TrimSpace(loc.Source()) + ")"
}

// maxPlain bounds what is kept of a body that is not JSON.
const maxPlain = 2048

// PlainText is what is worth telling of a body that is not JSON: its first 2048 bytes, or the title of an HTML page.
func PlainText(body string) string {
	body = strings.TrimSpace(body)
	body = strings.ToValidUTF8(body[:min(len(body), maxPlain)], "\uFFFD")
	lower := strings.Map(lowerASCII, body)
	if !strings.HasPrefix(lower, "<!doctype html") && !strings.HasPrefix(lower, "<html") {
		return body
	}
	from := strings.Index(lower, "<title>") + len("<title>")
	end := strings.Index(lower, "</title>")
	if from < len("<title>") || end < from {
		return "the upstream answered with a web page"
	}
	return strings.TrimSpace(body[from:end])
}

// lowerASCII keeps the length of what it maps, which unicode.ToLower doesn't.
func lowerASCII(r rune) rune {
	if 'A' <= r && r <= 'Z' {
		return r + 'a' - 'A'
	}
	return r
}
