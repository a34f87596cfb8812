package admin

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// office is a management API with a store of its own.
type office struct {
	*testing.T
	*API
	who core.Principal // who makes the next requests

	mu      sync.Mutex
	changed []string
}

var master = core.Principal{Admin: true, Role: "proxy_admin", KeyHash: HashKey("sk-1234")}

func open(t *testing.T) *office {
	t.Helper()
	return openOn(t, store.Options{Dir: t.TempDir()})
}

func openOn(t *testing.T, where store.Options) *office {
	t.Helper()
	s, err := store.Open(t.Context(), where)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	o := &office{T: t, who: master}
	settings := &Settings{MasterKeyHash: master.KeyHash, AuditLog: true}
	o.API = &API{Store: s, Log: slog.New(slog.DiscardHandler), Settings: func() *Settings { return settings },
		Authorize:   func(*fasthttp.RequestCtx) (core.Principal, *core.Error) { return o.who, nil },
		Permissions: func() []string { return []string{"shout"} },
		Changed: func(table, id string) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.changed = append(o.changed, table+" "+id)
		},
		Now: func() time.Time { return time.Date(2026, 2, 1, 12, 0, 0, 0, time.UTC) }}
	return o
}

// answer is what a request was answered with.
type answer struct {
	status int
	text   string
	body   map[string]any
}

// do makes a request; body is JSON, or "" for none.
func (o *office) do(method, url, body string) answer {
	o.Helper()
	path, _, _ := strings.Cut(url, "?")
	for _, r := range o.routes() {
		values, ok := matchRoute(r.Path, path)
		if r.Method != method || !ok {
			continue
		}
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod(method)
		ctx.Request.SetRequestURI(url)
		ctx.Request.SetBodyString(body)
		for name, v := range values {
			ctx.SetUserValue(name, v)
		}
		a := answer{status: 200}
		if e := r.Handler(&ctx); e != nil {
			a.status, a.text = e.Code(), string(e.AppendEnvelope(nil))
		} else {
			a.text = string(ctx.Response.Body())
		}
		json.Unmarshal([]byte(a.text), &a.body)
		return a
	}
	o.Fatalf("no route for %s %s", method, path)
	return answer{}
}

func (o *office) routes() []Route {
	return slices.Concat(o.KeyRoutes(), o.TeamRoutes(), o.UserRoutes(), o.CustomerRoutes(), o.OrganizationRoutes(), o.BudgetRoutes(),
		o.SpendRoutes(), o.AuditRoutes())
}

func matchRoute(pattern, path string) (map[string]string, bool) {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return nil, false
	}
	values := map[string]string{}
	for i, w := range want {
		if name, ok := strings.CutPrefix(w, "{"); ok {
			values[strings.TrimSuffix(name, "}")] = got[i]
		} else if w != got[i] {
			return nil, false
		}
	}
	return values, true
}

// ok makes a request that must succeed.
func (o *office) ok(method, url, body string) map[string]any {
	o.Helper()
	a := o.do(method, url, body)
	if a.status != 200 {
		o.Fatalf("%s %s %s: %d %s", method, url, body, a.status, a.text)
	}
	return a.body
}

// listed makes a request that must answer with a list of rows.
func (o *office) listed(method, url string) []map[string]any {
	o.Helper()
	a := o.do(method, url, "")
	var rows []map[string]any
	if err := json.Unmarshal([]byte(a.text), &rows); err != nil || a.status != 200 || rows == nil {
		o.Fatalf("%s %s: %d %s", method, url, a.status, a.text)
	}
	return rows
}

// refused makes a request that must fail.
func (o *office) refused(method, url, body string, status int, text string) {
	o.Helper()
	a := o.do(method, url, body)
	if a.status != status || !strings.Contains(a.text, text) {
		o.Errorf("%s %s %s: %d %s, want %d with %q", method, url, body, a.status, a.text, status, text)
	}
}

// want compares members of an answer; values are JSON.
func (o *office) want(got map[string]any, members map[string]string) {
	o.Helper()
	for name, want := range members {
		if text, _ := json.Marshal(got[name]); string(text) != want {
			o.Errorf("%s is %s, want %s", name, text, want)
		}
	}
}

func (o *office) audited() []string {
	o.Helper()
	entries, _, err := o.Store.Audit.List(o.Context(), store.AuditFilter{}, 100, 0)
	if err != nil {
		o.Fatal(err)
	}
	var all []string
	for _, e := range entries {
		text, _ := json.Marshal(e)
		all = append(all, fmt.Sprintf("%s %s by %s %s", e.Action, e.Table, e.By, text))
	}
	return all
}
