package cli

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/endpoint"
)

const someFigures = `[
	{"name":"idle","kind":"provider","state":"available"},
	{"name":"hide\u001b[2J","kind":"guard","state":"loaded","sha256":"aa","events":300,"p50_ns":1500,"p99_ns":2340000,"cpu_ns":3000000000,"fuel":600000,
	 "memory_bytes":6291456,"instances":2,"in_flight":1,"traps":4,"breaker":"closed"},
	{"name":"count","kind":"observer","state":"loaded","sha256":"bb","breaker":"open","records":{"recorded":5,"dropped":7}}]`

func TestTopShows(t *testing.T) {
	var list []endpoint.Plugin
	if err := json.Unmarshal([]byte(someFigures), &list); err != nil {
		t.Fatal(err)
	}
	now := glance{time.Unix(110, 0), list}
	before := glance{time.Unix(100, 0), []endpoint.Plugin{{Name: list[1].Name, SHA256: "aa", PluginFigures: endpoint.PluginFigures{Events: 100, CPU: 1_000_000_000}},
		{Name: "count", SHA256: "another version"}}}
	var b strings.Builder
	if err := now.show(&b, before); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"NAME KIND STATE CALLS CALLS/S P50 P99 FUEL/CALL CPU CPU TIME MEMORY INSTANCES IN FLIGHT TRAPS DROPS",
		"hide [2J guard loaded 300 20.0 1.5µs 2.34ms 2000 20.0% 3s 6.0 MiB 2 1 4 -",
		"idle provider available 0 - - - - - - 0.0 MiB 0 0 0 -",
		"count observer breaker open 0 - - - - - - 0.0 MiB 0 0 0 7",
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	for i, line := range lines {
		got := strings.Join(strings.Fields(line), " ")
		if i >= len(want) || got != want[i] {
			t.Errorf("line %d is %q", i, got)
		}
	}
	if len(lines) != len(want) {
		t.Errorf("got %s", b.String())
	}
}

func TestTop(t *testing.T) {
	looks := make(chan struct{}, 10)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer sk-1" {
			w.WriteHeader(401)
			return
		}
		looks <- struct{}{}
		io.WriteString(w, `{"data":`+someFigures+`}`)
	}))
	defer server.Close()
	code, stdout, stderr := command(t, none, "plugin", "top", "--once", "--url", server.URL, "--key", "sk-1")
	if code != 0 || !strings.HasPrefix(stdout, "NAME ") || strings.Contains(stdout, "\x1b") || stderr != "" {
		t.Errorf("%d %q %s", code, stdout, stderr)
	}
	if code, _, stderr := command(t, none, "plugin", "top", "--once", "--url", server.URL); code != 1 || !strings.Contains(stderr, "--key KEY") {
		t.Errorf("%d %s", code, stderr)
	}
	<-looks
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := newOutput()
	go func() {
		<-looks
		<-looks
		stop()
	}()
	if code := Run(ctx, Env{[]string{"plugin", "top", "--url", server.URL, "--key", "sk-1"}, out, out, none, nil}); code != 0 || strings.Count(out.String(), "NAME ") < 1 || !strings.Contains(out.String(), "\x1b[2J") {
		t.Errorf("%d %q", code, out)
	}
}
