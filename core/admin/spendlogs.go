package admin

import (
	"context"
	"strconv"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// mostRows is how many rows of the log are answered at once.
const mostRows = 1000

// spendLogs answers with rows of the log, the newest first, or, given days, with sums by day.
func spendLogs(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	f, e := c.narrowed(s)
	if e != nil {
		return nil, e
	}
	f.RequestID = c.query("request_id")
	if f.RequestID == "" && (c.query("start_date") != "" || c.query("end_date") != "") {
		d, e := c.days(nil)
		if e != nil {
			return nil, e
		}
		return c.summary(ctx, f, d)
	}
	limit, e := c.queryInt("limit", mostRows, 1, mostRows)
	if e != nil {
		return nil, e
	}
	before, e := c.queryInt("before", 0, 0, 1<<62)
	if e != nil {
		return nil, e
	}
	docs, more, err := c.Store.Spend.Rows(ctx, f, store.SpendPage{Limit: limit, Before: int64(before)})
	if err != nil {
		return nil, c.failure(err)
	}
	if more > 0 {
		c.truncated("further rows with before=" + strconv.FormatInt(more, 10))
	}
	return docs, nil
}

// summary is what was spent on each day: in all, and by user, model and key.
func (c *call) summary(ctx context.Context, f store.SpendFilter, d dayRange) (any, *core.Error) {
	models, e := c.modelsByDay(ctx, d, f)
	if e != nil {
		return nil, e
	}
	keys, e := c.byDay(ctx, d, f, store.SumKey)
	if e != nil {
		return nil, e
	}
	users, e := c.byDay(ctx, d, f, store.SumUser)
	if e != nil {
		return nil, e
	}
	return summaries(d, models, keys, users), nil
}

// modelsByDay is what each model cost on each day.
func (c *call) modelsByDay(ctx context.Context, d dayRange, f store.SpendFilter) ([]store.Sum, *core.Error) {
	switch {
	case f.UserID != "":
		sums, err := c.Store.Spend.Report(ctx, d.from, d.until, []string{"day", "model"}, f)
		if err != nil {
			return nil, c.failure(err)
		}
		return sums, nil
	case f.KeyHash != "":
		return c.sums(ctx, d, scope{store.SumKey, f.KeyHash}, "day", "model")
	}
	return c.sums(ctx, d, scope{store.SumAll, ""}, "day", "model")
}

// Of many keys, users or teams, those who cost most are told apart: so many, or as many as a report by day may have lines.
const (
	mostDearest = 50
	mostByDay   = 10_000
)

// byDay is what each of a kind cost on each day. When there are too many, those are left out that cost little in all.
func (c *call) byDay(ctx context.Context, d dayRange, f store.SpendFilter, kind string) ([]store.Sum, *core.Error) {
	var sums []store.Sum
	var err error
	switch one := (scope{kind, f.KeyHash + f.UserID}); {
	case f == store.SpendFilter{}:
		sums, err = c.ofMany(ctx, d, kind, "day", "id")
	case f == one.filter(): // of the kind that is asked for there is only that one
		sums, err = c.Store.Spend.Sums(ctx, store.SumQuery{Kind: kind, IDs: []string{one.id}, From: d.from, Until: d.until, By: []string{"day", "id"}})
	default:
		sums, err = c.Store.Spend.Report(ctx, d.from, d.until, []string{"day", kind}, f)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return sums, nil
}

// ofMany adds up what those of a kind cost: all, or when they are many those who cost most, which the client is told.
func (c *call) ofMany(ctx context.Context, d dayRange, kind string, by ...string) ([]store.Sum, error) {
	q := store.SumQuery{Kind: kind, From: d.from, Until: d.until, By: by, Limit: mostByDay}
	few, err := c.Store.Spend.Few(ctx, kind, d.from, d.until)
	if err != nil {
		return nil, err
	}
	if !few {
		dearest, exact, err := c.Store.Spend.Dearest(ctx, kind, d.from, d.until, max(1, min(mostDearest, mostByDay/d.length())))
		if err != nil {
			return nil, err
		}
		q.IDs = make([]string, len(dearest))
		for i := range dearest {
			q.IDs[i] = dearest[i].Group[0]
		}
		c.truncated("only those that cost most")
		if !exact {
			c.approximate()
		}
	}
	return c.Store.Spend.Sums(ctx, q)
}

func summaries(d dayRange, models, keys, users []store.Sum) []map[string]any {
	days := []map[string]any{}
	at := map[string]map[string]any{}
	d.each(func(day string) {
		row := map[string]any{"startTime": day, "spend": core.USD(0), "users": map[string]core.USD{}, "models": map[string]core.USD{}}
		days, at[day] = append(days, row), row
	})
	for _, s := range models {
		row := at[s.Group[0]]
		row["spend"] = row["spend"].(core.USD) + s.Cost
		row["models"].(map[string]core.USD)[s.Group[1]] += s.Cost
	}
	for _, s := range users {
		at[s.Group[0]]["users"].(map[string]core.USD)[s.Group[1]] += s.Cost
	}
	for _, s := range keys {
		if row := at[s.Group[0]]; row[s.Group[1]] == nil {
			row[s.Group[1]] = s.Cost
		}
	}
	return days
}
