package admin

import (
	"context"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// globalReport answers with what was spent by team, customer or key.
func globalReport(ctx context.Context, c *call) (any, *core.Error) {
	d, e := c.days(nil)
	if e != nil {
		return nil, e
	}
	if e := c.everybodys(); e != nil {
		return nil, e
	}
	if c.query("api_key") != "" || c.query("internal_user_id") != "" {
		return c.reportOfKey(ctx, d)
	}
	switch c.query("group_by") {
	case "", "team":
		return c.reportByDay(ctx, d, store.SumTeam, "teams", "team_name")
	case "customer":
		return c.reportByDay(ctx, d, store.SumCustomer, "customers", "customer")
	case "api_key":
		return c.reportByKey(ctx, d)
	}
	return nil, detail(400, "group_by must be team, customer or api_key")
}

// reportByDay groups by day and team, or customer. Each tells what it spent on which model with which key, unless there are
// too many of them: of fewer days they are told.
func (c *call) reportByDay(ctx context.Context, d dayRange, kind, list, name string) (any, *core.Error) {
	few, err := c.Store.Spend.FewCombinations(ctx, d.from, d.until)
	if err != nil {
		return nil, c.failure(err)
	}
	var sums []store.Sum
	if few {
		sums, err = c.Store.Spend.Combinations(ctx, d.from, d.until, []string{"day", kind, "model", "key"}, store.SpendFilter{}, mostByDay)
	} else {
		sums, err = c.ofMany(ctx, d, kind, "day", "id")
	}
	if err != nil {
		return nil, c.failure(err)
	}
	names := map[string]string{}
	if kind == store.SumTeam {
		var e *core.Error
		if names, e = c.teamNames(ctx, sums, 1, "Unassigned Team"); e != nil {
			return nil, e
		}
	}
	return daysOf(sums, names, list, name), nil
}

func daysOf(sums []store.Sum, names map[string]string, list, name string) any {
	days := []map[string]any{}
	var one map[string]any // whose lines are being read
	var id string
	for _, s := range sums {
		day := s.Group[0] + "T00:00:00+00:00"
		if len(days) == 0 || days[len(days)-1]["group_by_day"] != day {
			days, one = append(days, map[string]any{"group_by_day": day, list: []any{}}), nil
		}
		if one == nil || id != s.Group[1] {
			id = s.Group[1]
			shown := id
			if known, ok := names[id]; ok {
				shown = known
			}
			one = map[string]any{name: shown, "total_spend": core.USD(0), "metadata": []any{}}
			today := days[len(days)-1]
			today[list] = append(today[list].([]any), one)
		}
		one["total_spend"] = one["total_spend"].(core.USD) + s.Cost
		if len(s.Group) > 2 {
			one["metadata"] = append(one["metadata"].([]any), map[string]any{"model": s.Group[2], "api_key": s.Group[3], "spend": s.Cost,
				"total_tokens": s.Prompt + s.Output})
		}
	}
	return days
}

// reportByKey groups by key: those that cost most, and on which models.
func (c *call) reportByKey(ctx context.Context, d dayRange) (any, *core.Error) {
	dearest, exact, err := c.Store.Spend.Dearest(ctx, store.SumKey, d.from, d.until, mostDearest)
	if err != nil {
		return nil, c.failure(err)
	}
	if len(dearest) == mostDearest {
		c.truncated("only the keys that cost most")
	}
	if !exact {
		c.approximate()
	}
	sums, err := c.Store.Spend.Sums(ctx, store.SumQuery{Kind: store.SumKey, IDs: groups(dearest), From: d.from, Until: d.until, By: []string{"id", "model"}})
	if err != nil {
		return nil, c.failure(err)
	}
	return keysOf(dearest, sums), nil
}

// reportOfKey is reportByKey for one key, or for those of a user.
func (c *call) reportOfKey(ctx context.Context, d dayRange) (any, *core.Error) {
	f := store.SpendFilter{UserID: c.query("internal_user_id")}
	if key := c.query("api_key"); key != "" {
		f.KeyHash = spendKeyID(key)
	}
	keys, e := c.dearestOf(ctx, false, f, store.SumKey, d, mostDearest)
	if e != nil {
		return nil, e
	}
	sums, err := c.Store.Spend.Report(ctx, d.from, d.until, []string{"key", "model"}, f)
	if err != nil {
		return nil, c.failure(err)
	}
	return keysOf(keys, sums), nil
}

// keysOf joins keys with what they spent on each model.
func keysOf(keys, byModel []store.Sum) any {
	models := map[string][]any{}
	for _, s := range byModel {
		models[s.Group[0]] = append(models[s.Group[0]], map[string]any{"model": s.Group[1], "total_cost": s.Cost,
			"total_input_tokens": s.Prompt, "total_output_tokens": s.Output})
	}
	rows := []any{}
	for _, s := range keys {
		rows = append(rows, map[string]any{"api_key": s.Group[0], "total_cost": s.Cost, "total_input_tokens": s.Prompt,
			"total_output_tokens": s.Output, "model_details": models[s.Group[0]]})
	}
	return rows
}
