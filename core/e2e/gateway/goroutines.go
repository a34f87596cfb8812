package gateway

import (
	"encoding/json"
	"io"
	"time"
)

// Goroutines asks how many the process has. It always asks through the same connection, so that asking changes nothing.
func (g *Gateway) Goroutines() int {
	g.t.Helper()
	res, err := g.stats.Get(g.URL + "/debug/runtime")
	if err != nil {
		g.t.Fatalf("/debug/runtime: %v", err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatalf("/debug/runtime: %v", err)
	}
	var stats struct {
		Goroutines int `json:"goroutines"`
	}
	if err := json.Unmarshal(body, &stats); err != nil || stats.Goroutines == 0 {
		g.t.Fatalf("/debug/runtime answered %d %s", res.StatusCode, body)
	}
	return stats.Goroutines
}

// Settle waits until there are no more than base goroutines. Workers of the HTTP server end some ten to twenty seconds
// after their last connection.
func (g *Gateway) Settle(base int) {
	g.t.Helper()
	for deadline := time.Now().Add(2 * patience); ; time.Sleep(100 * time.Millisecond) {
		n := g.Goroutines()
		if n <= base {
			return
		}
		if time.Now().After(deadline) {
			g.t.Fatalf("%d goroutines remain of %d", n, base)
		}
	}
}
