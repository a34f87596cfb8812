package admin

import (
	"context"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// globalSpend answers with what was spent in the last 30 days.
func globalSpend(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.globalScope()
	if e != nil {
		return nil, e
	}
	sums, e := c.sums(ctx, c.lastMonth(), s)
	if e != nil {
		return nil, e
	}
	return map[string]any{"spend": sums[0].Cost, "max_budget": c.Settings().MaxBudget}, nil
}

// globalLogs answers with what was spent on each of the last 30 days, by everybody or with one key.
func globalLogs(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.globalScope()
	if e != nil {
		return nil, e
	}
	f, e := c.narrowed(s)
	if e != nil {
		return nil, e
	}
	d := c.lastMonth()
	key := c.query("api_key")
	if key != "" && s.everybody() {
		s = scope{store.SumKey, f.KeyHash}
	}
	sums, e := c.sums(ctx, d, s, "day")
	if e != nil {
		return nil, e
	}
	rows := []any{}
	for _, sum := range sums {
		row := map[string]any{"date": sum.Group[0], "spend": sum.Cost}
		if key != "" {
			row["api_key"] = f.KeyHash
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// mostListed is how many of those who cost most are listed.
const mostListed = 100

// globalKeys answers with the keys that cost most in the last 30 days.
func globalKeys(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	limit, e := c.queryInt("limit", mostListed, 1, mostRows)
	if e != nil {
		return nil, e
	}
	sums, e := c.dearest(ctx, s, store.SumKey, c.lastMonth(), limit)
	if e != nil {
		return nil, e
	}
	keys, err := c.Store.Keys.List(ctx, store.Page{Limit: mostRows}, store.Where{Column: "hash", Value: groups(sums)})
	if err != nil {
		return nil, c.failure(err)
	}
	named := map[string]*core.Key{}
	for _, k := range keys {
		named[k.Hash] = k
	}
	rows := []any{}
	for _, sum := range sums {
		row := map[string]any{"api_key": sum.Group[0], "key_alias": nil, "key_name": nil, "total_spend": sum.Cost}
		if k := named[sum.Group[0]]; k != nil {
			row["key_alias"], row["key_name"] = k.Alias, k.Name
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// groups are what sums are grouped by, at most a thousand.
func groups(sums []store.Sum) []string {
	ids := []string{}
	for _, s := range sums {
		if len(ids) < mostRows {
			ids = append(ids, s.Group[0])
		}
	}
	return ids
}

// dearest finds those of a kind that cost most in a scope.
func (c *call) dearest(ctx context.Context, s scope, kind string, d dayRange, limit int) ([]store.Sum, *core.Error) {
	return c.dearestOf(ctx, s.everybody(), s.filter(), kind, d, limit)
}

func (c *call) dearestOf(ctx context.Context, everybody bool, f store.SpendFilter, kind string, d dayRange, limit int) ([]store.Sum, *core.Error) {
	if everybody {
		sums, exact, err := c.Store.Spend.Dearest(ctx, kind, d.from, d.until, limit)
		if err != nil {
			return nil, c.failure(err)
		}
		if !exact {
			c.approximate()
		}
		return sums, nil
	}
	sums, err := c.Store.Spend.Report(ctx, d.from, d.until, []string{kind}, f)
	if err != nil {
		return nil, c.failure(err)
	}
	slices.SortFunc(sums, dearerFirst)
	return sums[:min(len(sums), limit)], nil
}

// globalModels answers with the models that cost most in the last 30 days.
func globalModels(ctx context.Context, c *call) (any, *core.Error) {
	limit, e := c.queryInt("limit", 10, 1, mostRows)
	if e != nil {
		return nil, e
	}
	return c.globalBy(ctx, "model", c.lastMonth(), limit, "model", "total_spend")
}

// globalProviders answers with what each provider's models cost.
func globalProviders(ctx context.Context, c *call) (any, *core.Error) {
	d, e := c.days(nil)
	if e != nil {
		return nil, e
	}
	return c.globalBy(ctx, "provider", d, mostRows, "provider", "spend")
}

func (c *call) globalBy(ctx context.Context, column string, d dayRange, limit int, name, amount string) (any, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	sums, e := c.sums(ctx, d, s, column)
	if e != nil {
		return nil, e
	}
	slices.SortFunc(sums, dearerFirst)
	rows := []any{}
	for _, sum := range sums[:min(len(sums), limit)] {
		rows = append(rows, map[string]any{name: sum.Group[0], amount: sum.Cost})
	}
	return rows, nil
}

// globalCustomers answers with the end users that cost most, of everybody or of one key.
func globalCustomers(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	key, e := c.body.text("api_key")
	if e != nil {
		return nil, e
	}
	d, e := c.bodyDays()
	if e != nil {
		return nil, e
	}
	f := s.filter()
	if key != "" && f.KeyHash == "" {
		f.KeyHash = spendKeyID(key)
	}
	sums, e := c.dearestOf(ctx, f == store.SpendFilter{}, f, store.SumCustomer, d, mostListed)
	if e != nil {
		return nil, e
	}
	rows := []any{}
	for _, sum := range sums {
		if sum.Group[0] != "" {
			rows = append(rows, map[string]any{"end_user": sum.Group[0], "total_count": sum.Requests, "total_spend": sum.Cost})
		}
	}
	return rows, nil
}

// bodyDays reads startTime and endTime; without both they are the last 30 days.
func (c *call) bodyDays() (dayRange, *core.Error) {
	start, e := c.body.text("startTime")
	if e != nil {
		return dayRange{}, e
	}
	end, e := c.body.text("endTime")
	if e != nil {
		return dayRange{}, e
	}
	if start == "" && end == "" {
		return c.lastMonth(), nil
	}
	return readDays(start, end)
}

// globalTags answers with what each tag cost, or each of those that the request names.
func globalTags(ctx context.Context, c *call) (any, *core.Error) {
	d, e := c.days(nil)
	if e != nil {
		return nil, e
	}
	sums, e := c.tags(ctx, d)
	if e != nil {
		return nil, e
	}
	var wanted []string
	if names := c.query("tags"); names != "" {
		wanted = strings.Split(names, ",")
	}
	rows := []any{}
	for _, sum := range sums {
		if wanted == nil || slices.Contains(wanted, sum.Group[0]) {
			rows = append(rows, map[string]any{"name": sum.Group[0], "spend": sum.Cost, "log_count": sum.Requests})
		}
	}
	return map[string]any{"spend_per_tag": rows}, nil
}
