package cases

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"
	"slices"
	"unicode/utf8"
)

// anything stands, where JSON is compared, for any value.
const anything = "*"

// sameJSON returns how a document differs from the one that is wanted, nil when it does not. What is not JSON is compared
// as text.
func sameJSON(want, got []byte) error {
	w, werr := decode(want)
	g, gerr := decode(got)
	if werr != nil {
		return sameText(string(want), string(got))
	}
	if gerr != nil {
		return fmt.Errorf("want %s\n got %s, which is not JSON", want, shorten(string(got)))
	}
	return difference("", w, g)
}

func decode(text []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err = d.Decode(&v); err == nil && d.More() {
		err = io.ErrUnexpectedEOF
	}
	return v, err
}

// difference returns the first place at which two values differ.
func difference(path string, want, got any) error {
	if want == anything {
		return nil
	}
	switch w := want.(type) {
	case map[string]any:
		if g, ok := got.(map[string]any); ok {
			return differentMember(path, w, g)
		}
	case []any:
		if g, ok := got.([]any); ok {
			return differentElement(path, w, g)
		}
	case json.Number:
		if g, ok := got.(json.Number); ok && sameNumber(w, g) {
			return nil
		}
	default:
		if reflect.DeepEqual(want, got) {
			return nil
		}
	}
	return differs(path, text(want), text(got))
}

func differentMember(path string, want, got map[string]any) error {
	keys := make([]string, 0, len(want)+len(got))
	for key := range want {
		keys = append(keys, key)
	}
	for key := range got {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	for _, key := range slices.Compact(keys) {
		at := key
		if path != "" {
			at = path + "." + key
		}
		w, wanted := want[key]
		g, given := got[key]
		switch {
		case !given:
			return differs(at, text(w), "nothing")
		case !wanted:
			return differs(at, "nothing", text(g))
		}
		if err := difference(at, w, g); err != nil {
			return err
		}
	}
	return nil
}

func differentElement(path string, want, got []any) error {
	for i := range min(len(want), len(got)) {
		if err := difference(fmt.Sprintf("%s[%d]", path, i), want[i], got[i]); err != nil {
			return err
		}
	}
	if len(want) != len(got) {
		return differs(path, fmt.Sprintf("%d elements: %s", len(want), text(want)), fmt.Sprintf("%d elements: %s", len(got), text(got)))
	}
	return nil
}

func sameNumber(a, b json.Number) bool {
	x, errx := a.Float64()
	y, erry := b.Float64()
	return a == b || errx == nil && erry == nil && x == y
}

func text(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(v) != nil {
		return fmt.Sprint(v)
	}
	return shorten(string(bytes.TrimSpace(b.Bytes())))
}

func differs(path, want, got string) error {
	if path != "" {
		path = "at " + path + " "
	}
	return fmt.Errorf("%swant %s\n got %s", path, want, got)
}

// sameText returns how a text differs from the one that is wanted.
func sameText(want, got string) error {
	if want == got {
		return nil
	}
	at := 0
	for at < len(want) && at < len(got) && want[at] == got[at] {
		at++
	}
	return fmt.Errorf("the text differs at byte %d:\nwant %s\n got %s", at, around(want, at), around(got, at))
}

// around quotes a text where it differs.
func around(s string, at int) string {
	const before, after = 60, 100
	from, to := max(at-before, 0), min(at+after, len(s))
	for from > 0 && !utf8.RuneStart(s[from]) {
		from--
	}
	for to < len(s) && !utf8.RuneStart(s[to]) {
		to++
	}
	left, right := "", ""
	if from > 0 {
		left = "…"
	}
	if to < len(s) {
		right = "…"
	}
	return fmt.Sprintf("%s%q%s", left, s[from:to], right)
}

// shorten keeps messages readable.
func shorten(s string) string {
	const most = 400
	if len(s) <= most {
		return s
	}
	end := most
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
