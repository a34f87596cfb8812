package admin

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// globalActivity answers with requests and tokens of each day.
func globalActivity(ctx context.Context, c *call) (any, *core.Error) {
	sums, e := c.activity(ctx, "day")
	if e != nil {
		return nil, e
	}
	return activityOf(sums), nil
}

func (c *call) activity(ctx context.Context, by ...string) ([]store.Sum, *core.Error) {
	d, e := c.days(nil)
	if e != nil {
		return nil, e
	}
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	return c.sums(ctx, d, s, by...)
}

func activityOf(byDay []store.Sum) map[string]any {
	days := []any{}
	var requests, tokens int64
	for _, s := range byDay {
		requests, tokens = requests+s.Requests, tokens+s.Prompt+s.Output
		days = append(days, map[string]any{"date": shortDay(s.Group[0]), "api_requests": s.Requests, "total_tokens": s.Prompt + s.Output})
	}
	return map[string]any{"daily_data": days, "sum_api_requests": requests, "sum_total_tokens": tokens}
}

// shortDay is a day as charts show it: Jan 22.
func shortDay(day string) string {
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return t.Format("Jan 02")
}

// busiest is how many models' activity is shown.
const busiest = 10

// globalActivityByModel answers with requests and tokens of each day, for the models with the most requests.
func globalActivityByModel(ctx context.Context, c *call) (any, *core.Error) {
	sums, e := c.activity(ctx, "model", "day")
	if e != nil {
		return nil, e
	}
	days, requests := map[string][]store.Sum{}, map[string]int64{}
	var models []string
	for _, s := range sums {
		model := s.Group[0]
		if days[model] == nil {
			models = append(models, model)
		}
		s.Group = s.Group[1:]
		days[model] = append(days[model], s)
		requests[model] += s.Requests
	}
	slices.SortStableFunc(models, func(a, b string) int { return cmp.Compare(requests[b], requests[a]) })
	rows := []any{}
	for _, model := range models[:min(len(models), busiest)] {
		row := activityOf(days[model])
		row["model"] = model
		rows = append(rows, row)
	}
	return rows, nil
}
