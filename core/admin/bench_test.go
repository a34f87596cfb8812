package admin

import (
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// BenchmarkLists measures each list and report on a store that is filled first: SLUICE_BENCH_KEYS keys and SLUICE_BENCH_ROWS
// calls over 90 days (default 5,000 and 50,000; what was promised is 500,000 and 5,000,000) in the folder SLUICE_BENCH_DIR,
// which is used again when it is full already.
func BenchmarkLists(b *testing.B) {
	dir := os.Getenv("SLUICE_BENCH_DIR")
	if dir == "" {
		dir = b.TempDir()
	}
	keys, rows := sizeOf("SLUICE_BENCH_KEYS", 5000), sizeOf("SLUICE_BENCH_ROWS", 50_000)
	if err := fill(b.Context(), dir, keys, rows); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(b.Context(), store.Options{Dir: dir, Timeout: time.Minute})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	a := &API{Store: s, Log: slog.New(slog.DiscardHandler), Settings: func() *Settings { return &Settings{} }, Changed: func(string, string) {},
		Authorize: func(*fasthttp.RequestCtx) (core.Principal, *core.Error) { return master, nil }, Now: func() time.Time { return noon }}
	for _, url := range benchURLs(keys, rows) {
		method, url, _ := strings.Cut(url, " ")
		b.Run(strings.NewReplacer("&", ",", "/", "_").Replace(url[1:]), func(b *testing.B) { measure(b, a, method, url) })
	}
}

func sizeOf(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func benchURLs(keys, rows int) []string {
	hot, cold, days := benchKey(0), benchKey(keys/2), "start_date=2026-01-02&end_date=2026-02-01"
	return []string{
		"GET /key/list", "GET /key/list?return_full_object=true&size=100", fmt.Sprintf("GET /key/list?size=100&page=%d", keys/200), "GET /key/list?team_id=team7",
		"GET /key/list?user_id=user42", "GET /spend/logs", "GET /spend/logs?request_id=req" + strconv.Itoa(rows/2), "GET /spend/logs?api_key=" + hot,
		"GET /spend/logs?api_key=" + cold, "GET /spend/logs?user_id=user0", "GET /spend/logs?" + days, "GET /spend/logs?api_key=" + hot + "&" + days,
		"GET /spend/logs/ui", fmt.Sprintf("GET /spend/logs/ui?page=%d&page_size=100", rows/200), fmt.Sprintf("GET /spend/logs/ui?page=%d&page_size=100", rows/100),
		"GET /spend/logs/ui?start_date=2026-01-10%2007:30:00&end_date=2026-01-20%2019:45:00&page=50", "GET /spend/logs/ui?status_filter=failure&page=20",
		"GET /spend/logs/ui?model=model3", "GET /spend/logs/ui?team_id=team7&page=10", "GET /spend/logs/ui?end_user=end3", "GET /spend/logs/ui?api_key=" + hot + "&page=100",
		"GET /spend/tags", "GET /spend/tags?" + days, "GET /spend/keys", "GET /spend/keys?limit=250", "GET /spend/users", "GET /spend/users?user_id=user42",
		"GET /global/spend", "GET /global/spend/logs", "GET /global/spend/logs?api_key=" + hot, "GET /global/spend/keys", "GET /global/spend/teams",
		"GET /global/spend/models", "POST /global/spend/end_users", "GET /global/spend/tags?" + days, "GET /global/spend/provider?" + days,
		"GET /global/spend/report?" + days, "GET /global/spend/report?group_by=customer&" + days, "GET /global/spend/report?group_by=api_key&" + days,
		"GET /global/spend/report?start_date=2026-02-01&end_date=2026-02-01", "GET /global/activity?" + days, "GET /global/activity/model?" + days,
		"GET /global/predict/spend/logs", "GET /audit", "GET /audit?action=updated&page=500&page_size=100", "GET /audit?object_id=" + hot,
		"GET /spend/export?format=csv&group_by=day,model&" + days, "GET /spend/export?format=csv&group_by=day,team&" + days,
		"GET /spend/export?format=csv&group_by=day,key&" + days, "GET /spend/reconcile",
	}
}

// measure makes the request b.N times and reports how long 99 of 100 took at most.
func measure(b *testing.B, a *API, method, url string) {
	path, _, _ := strings.Cut(url, "?")
	var route *Route
	for _, r := range slices.Concat(a.KeyRoutes(), a.SpendRoutes(), a.AuditRoutes()) {
		if r.Method == method && r.Path == path {
			route = &r
		}
	}
	var took []time.Duration
	size := 0
	for b.Loop() {
		var ctx fasthttp.RequestCtx
		ctx.Request.Header.SetMethod(method)
		ctx.Request.SetRequestURI(url)
		began := time.Now()
		if e := route.Handler(&ctx); e != nil {
			b.Fatal(e)
		}
		took = append(took, time.Since(began))
		size = len(ctx.Response.Body())
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(size)/1024, "KB")
}

func benchKey(n int) string { return HashKey("sk-bench-" + strconv.Itoa(n)) }
