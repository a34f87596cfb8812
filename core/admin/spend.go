package admin

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// SpendRoutes serve what was spent: /spend/* and /global/*.
func (a *API) SpendRoutes() []Route {
	return []Route{
		{"GET", "/spend/logs", a.handler(spendLogs)},
		{"GET", "/spend/logs/ui", a.handler(spendPage)},
		{"GET", "/spend/logs/ui/{id}", a.handler(spendRow)},
		{"GET", "/spend/tags", a.handler(spendTags)},
		{"POST", "/spend/calculate", a.handler(calculateSpend)},
		{"GET", "/spend/keys", a.handler(spendKeys)},
		{"GET", "/spend/users", a.handler(spendUsers)},
		{"GET", "/spend/export", a.exportSpend},
		{"GET", "/spend/reconcile", a.handler(reconcileSpend)},
		{"GET", "/global/spend", a.handler(globalSpend)},
		{"GET", "/global/spend/logs", a.handler(globalLogs)},
		{"GET", "/global/spend/keys", a.handler(globalKeys)},
		{"GET", "/global/spend/teams", a.handler(globalTeams)},
		{"GET", "/global/spend/models", a.handler(globalModels)},
		{"POST", "/global/spend/end_users", a.handler(globalCustomers)},
		{"GET", "/global/spend/tags", a.handler(globalTags)},
		{"GET", "/global/spend/provider", a.handler(globalProviders)},
		{"GET", "/global/spend/report", a.handler(globalReport)},
		{"POST", "/global/spend/reset", a.handler(resetSpend)},
		{"GET", "/global/activity", a.handler(globalActivity)},
		{"GET", "/global/activity/model", a.handler(globalActivityByModel)},
		{"GET", "/global/predict/spend/logs", a.handler(predictSpend)},
		{"POST", "/global/predict/spend/logs", a.handler(predictSpend)},
	}
}

// scope is whose spend a request is shown: everybody's, or that of one key, user, team or customer. Its kind is one of
// package store's sums.
type scope struct{ kind, id string }

func (s scope) everybody() bool { return s.kind == store.SumAll }

// filter is the scope as a condition on the log.
func (s scope) filter() (f store.SpendFilter) {
	switch s.kind {
	case store.SumKey:
		f.KeyHash = s.id
	case store.SumUser:
		f.UserID = s.id
	}
	return f
}

// seesSpend reports whether who makes the request may see everybody's spend.
func (c *call) seesSpend() bool {
	if c.who.Admin || c.who.Role == "proxy_admin" || c.who.Role == "proxy_admin_viewer" {
		return true
	}
	if c.who.Account == nil || c.who.Account.Key == nil {
		return false
	}
	may, _ := c.who.Account.Key.Permissions["get_spend_routes"].(bool)
	return may
}

// spendScope lets administrators see everybody's spend, and internal users their own.
func (c *call) spendScope() (scope, *core.Error) {
	switch {
	case c.seesSpend():
		return scope{store.SumAll, ""}, nil
	case c.who.Role != "internal_user" && c.who.Role != "internal_user_viewer":
		return scope{}, c.adminOnly()
	case c.who.UserID != "":
		return scope{store.SumUser, c.who.UserID}, nil
	case c.who.KeyHash != "":
		return scope{store.SumKey, c.who.KeyHash}, nil
	}
	return scope{}, c.adminOnly()
}

// globalScope is spendScope for reports that internal users may only see when viewing is all they do.
func (c *call) globalScope() (scope, *core.Error) {
	if !c.seesSpend() && c.who.Role != "internal_user_viewer" {
		return scope{}, c.adminOnly()
	}
	return c.spendScope()
}

// everybodys lets only those go on who may see everybody's spend.
func (c *call) everybodys() *core.Error {
	if c.seesSpend() {
		return nil
	}
	return c.adminOnly()
}

// narrowed is a scope with the key and the user that the request asks for. Users can't look into what is another's.
func (c *call) narrowed(s scope) (store.SpendFilter, *core.Error) {
	f := s.filter()
	if user := c.query("user_id"); user != "" {
		if !s.everybody() && user != c.who.UserID {
			return f, refuse(403, "auth_error", "user_id",
				"key not allowed to access this user's info. user_id="+user+", key's user_id="+c.who.UserID)
		}
		f.UserID = user
	}
	if key := c.query("api_key"); key != "" {
		if hash := spendKeyID(key); f.KeyHash == "" || f.KeyHash == hash {
			f.KeyHash = hash
		} else {
			return f, refuse(403, "auth_error", "api_key", "key not allowed to access another key's spend")
		}
	}
	return f, nil
}

// anonymousMaster stands in the spend log for the master key where its hash must not.
const anonymousMaster = "litellm_proxy_master_key"

// spendKeyID is how the spend log knows a key that a request names by its secret or by its hash.
func spendKeyID(name string) string {
	if name == anonymousMaster {
		return name
	}
	return keyID(name)
}

// Headers of answers that are not all there is.
const (
	truncatedHeader   = "x-sluice-truncated"
	approximateHeader = "x-sluice-approximate"
)

// truncated tells the client that there is more than the answer shows.
func (c *call) truncated(how string) { c.ctx.Response.Header.Set(truncatedHeader, how) }

// approximate tells the client that others may belong into a list of those who cost most.
func (c *call) approximate() { c.ctx.Response.Header.Set(approximateHeader, "true") }

// dayRange is days in UTC, both included, like 2026-01-31.
type dayRange struct{ from, until string }

// ever holds all days.
var ever = dayRange{"0000-01-01", "9999-12-31"}

// longestRange is how many days a report may be about.
const longestRange = 3660

// days reads start_date and end_date. Without both they are otherwise; nil means that they must be there.
func (c *call) days(otherwise *dayRange) (dayRange, *core.Error) {
	start, end := c.query("start_date"), c.query("end_date")
	if start == "" && end == "" && otherwise != nil {
		return *otherwise, nil
	}
	return readDays(start, end)
}

func readDays(start, end string) (dayRange, *core.Error) {
	if start == "" || end == "" {
		return dayRange{}, detail(400, "Please provide start_date and end_date")
	}
	from, err := readTime(start)
	if err != nil {
		return dayRange{}, detail(400, "start_date must be a day like 2026-01-31, in UTC")
	}
	until, err := readTime(end)
	if err != nil {
		return dayRange{}, detail(400, "end_date must be a day like 2026-01-31, in UTC")
	}
	d := dayRange{store.Day(from), store.Day(until)}
	switch {
	case d.from > d.until:
		return dayRange{}, detail(400, "start_date must not be after end_date")
	case until.Sub(from) > longestRange*24*time.Hour:
		return dayRange{}, detail(400, "start_date and end_date must not be more than "+strconv.Itoa(longestRange)+" days apart")
	}
	return d, nil
}

// lastMonth is today and the 30 days before it.
func (c *call) lastMonth() dayRange {
	now := c.now()
	return dayRange{store.Day(now.AddDate(0, 0, -30)), store.Day(now)}
}

// length is how many days the range has.
func (d dayRange) length() int {
	from, _ := time.Parse(time.DateOnly, d.from)
	until, _ := time.Parse(time.DateOnly, d.until)
	return int(until.Sub(from).Hours()/24) + 1
}

// each calls f for every day of the range.
func (d dayRange) each(f func(day string)) {
	start, _ := time.Parse(time.DateOnly, d.from)
	for t := start; store.Day(t) <= d.until; t = t.AddDate(0, 0, 1) {
		f(store.Day(t))
	}
}

// sums adds up what a scope cost on some days, by day, model or provider.
func (c *call) sums(ctx context.Context, d dayRange, s scope, by ...string) (sums []store.Sum, e *core.Error) {
	var err error
	if s.kind == store.SumUser && (slices.Contains(by, "model") || slices.Contains(by, "provider")) {
		sums, err = c.Store.Spend.Report(ctx, d.from, d.until, by, s.filter())
	} else {
		sums, err = c.Store.Spend.Sums(ctx, store.SumQuery{Kind: s.kind, IDs: []string{s.id}, From: d.from, Until: d.until, By: by})
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return sums, nil
}
