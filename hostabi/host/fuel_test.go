package host

import (
	"errors"
	"strings"
	"testing"
)

// TestRunaways checks that a guest that never comes back is stopped, and its plugin goes on.
func TestRunaways(t *testing.T) {
	p, _ := loadGo(t, Options{Instances: 1}, `{}`)
	for _, c := range []struct{ doc, err string }{
		{`{"do":"loop"}`, ErrFuel.Error()},
		{`{"do":"fork"}`, ErrFuel.Error()},
		{`{"do":"recurse"}`, ""}, // Go's own limit of the stack may come first
	} {
		x := opened(t, p)
		_, err := do(x, document(t, c.doc))
		if !errors.Is(err, ErrTrapped) || !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %v, want %q", c.doc, err, c.err)
		}
		next := opened(t, p)
		must(t, next, `{"do":"keep","keep":"y"}`)
		if string(next.Body) != `"y1"` {
			t.Errorf("%s: the next exchange got %s", c.doc, next.Body)
		}
	}
}
