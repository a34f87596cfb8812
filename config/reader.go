package config

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// reader checks a value and turns it into a V, reporting what is wrong. It is never given null, which means "not set".
type reader[V any] struct {
	want string // what it accepts, for messages and the reference
	read func(d *diagnosis, n *node) (V, bool)
}

// scalarReader makes a reader of a function that only says whether it accepts the value.
func scalarReader[V any](want string, parse func(*node) (V, bool)) reader[V] {
	return reader[V]{want, func(d *diagnosis, n *node) (V, bool) {
		v, ok := parse(n)
		if !ok {
			d.errorf(n.place, "expected %s, found %s", want, n.describe())
		}
		return v, ok
	}}
}

// The readers of plain values. Numbers and booleans may be written as text, since environment variables are text.
var (
	words   = scalarReader("text", parseText)
	yesNo   = scalarReader("true or false", parseBool)
	count   = scalarReader("a whole number, 0 or more", atLeastZero(parseInt))
	counted = scalarReader("a whole number above 0", parseCounted)
	anyInt  = scalarReader("a whole number", parseInt)
	amount  = scalarReader("a number, 0 or more", atLeastZero(parseFloat))
	anyReal = scalarReader("a number", parseFloat)
	share   = scalarReader("a number from 0 to 1", parseShare)
	seconds = scalarReader("a number of seconds, 0 or more", parseSeconds)

	period = scalarReader("a period like 30s, 5m, 2h, 7d, 1w or 1mo", parsePeriod)

	anything = scalarReader("any value", func(n *node) (*node, bool) { return n, true })
	sequence = scalarReader("a list", func(n *node) (*node, bool) { return n, n.kind == list })
	pairs    = scalarReader("a mapping", func(n *node) (*node, bool) { return n, n.kind == mapping })

	texts  = listOf("a list of texts", words)
	limits = mapOf("a mapping of names to whole numbers", count)
)

var periodForm = regexp.MustCompile(`^[1-9][0-9]{0,8}(s|m|h|d|w|mo)$`)

func parsePeriod(n *node) (string, bool) {
	return n.text, n.isScalar() && periodForm.MatchString(n.text)
}

func parseText(n *node) (string, bool) { return n.text, n.isScalar() }

func parseBool(n *node) (bool, bool) {
	switch strings.ToLower(strings.TrimSpace(n.text)) {
	case "true", "yes", "on", "1":
		return true, n.isScalar()
	case "false", "no", "off", "0":
		return false, n.isScalar()
	}
	return false, false
}

func parseFloat(n *node) (float64, bool) {
	s := n.number
	if n.kind == text {
		s = strings.TrimSpace(n.text)
	}
	if strings.Trim(s, "0123456789+-.eE") != "" {
		return 0, false
	}
	f, err := strconv.ParseFloat(s, 64)
	return f, err == nil
}

// maxExact is the largest range in which every whole float64 is exact.
const maxExact = 1 << 53

func parseInt(n *node) (int, bool) {
	f, ok := parseFloat(n)
	if !ok || f < -maxExact || f > maxExact {
		return 0, false
	}
	i := int(f)
	return i, float64(i) == f
}

func parseCounted(n *node) (int, bool) {
	i, ok := parseInt(n)
	return i, ok && i > 0
}

func parseShare(n *node) (float64, bool) {
	f, ok := parseFloat(n)
	return f, ok && f >= 0 && f <= 1
}

// maxSeconds, thirty years, keeps a time.Duration from overflowing.
const maxSeconds = 1e9

func parseSeconds(n *node) (time.Duration, bool) {
	f, ok := parseFloat(n)
	return time.Duration(f * float64(time.Second)), ok && f >= 0 && f <= maxSeconds
}

func atLeastZero[V int | float64](parse func(*node) (V, bool)) func(*node) (V, bool) {
	return func(n *node) (V, bool) {
		v, ok := parse(n)
		return v, ok && v >= 0
	}
}

// listOf reads a list; a single value stands for a list of one, and null items, left by unset variables, are skipped.
func listOf[V any](want string, item reader[V]) reader[[]V] {
	return reader[[]V]{want, func(d *diagnosis, n *node) ([]V, bool) {
		if n.kind == mapping {
			d.errorf(n.place, "expected %s, found a mapping", want)
			return nil, false
		}
		items := n.items
		if n.kind != list {
			items = []*node{n}
		}
		values, good := make([]V, 0, len(items)), true
		for _, i := range items {
			if i.kind == null {
				continue
			}
			i.secret = i.secret || n.secret
			v, ok := item.read(d, i)
			values, good = append(values, v), good && ok
		}
		return values, good
	}}
}

func mapOf[V any](want string, value reader[V]) reader[*node] {
	return reader[*node]{want, func(d *diagnosis, n *node) (*node, bool) {
		if _, ok := pairs.read(d, n); !ok {
			return n, false
		}
		good := true
		for _, e := range n.entries {
			if e.value.kind != null {
				_, ok := value.read(d, e.value)
				good = good && ok
			}
		}
		return n, good
	}}
}

// oneOf reads one of the values given.
func oneOf(values ...string) reader[string] {
	want := "one of " + strings.Join(values, ", ")
	return reader[string]{want, func(d *diagnosis, n *node) (string, bool) {
		for _, v := range values {
			if n.isScalar() && n.text == v {
				return v, true
			}
		}
		d.errorf(n.place, "expected %s, found %s", want, n.describe()).Suggestion = closest(n.text, values)
		return "", false
	}}
}
