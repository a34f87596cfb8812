package server

import (
	"io"
	"strings"
	"testing"

	"github.com/fasthttp/router"

	"github.com/sluice-gateway/sluice/core/auth"
)

// TestEveryRouteIsInTheTable: a route that nobody thought of is closed to all but administrators, which is safe and rarely
// meant.
func TestEveryRouteIsInTheTable(t *testing.T) {
	s, r := bare(t, io.Discard), router.New()
	s.routes(r, s.api)
	served := 0
	for method, paths := range r.List() {
		for _, p := range paths {
			served++
			if prefix, byModel := strings.CutSuffix(p, "{rest:*}"); byModel {
				p = prefix + "{model}/chat/completions"
			}
			if !auth.NewRoute(method, p).Known() && !auth.IsRoute(p) {
				t.Errorf("%s %s", method, p)
			}
		}
	}
	if served < 20 {
		t.Errorf("only %d routes", served)
	}
}
