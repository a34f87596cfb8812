package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// spentOn is what was spent on a day.
type spentOn struct {
	Date  string   `json:"date"`
	Spend core.USD `json:"spend"`
}

// predictSpend projects what was spent by day, as the request gives it or in the last 30 days, to the end of the month.
func predictSpend(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.globalScope()
	if e != nil {
		return nil, e
	}
	var past []spentOn
	if c.body.has("data") {
		if json.Unmarshal(c.body["data"], &past) != nil || len(past) > longestRange {
			return nil, invalid("list_type", []string{"data"}, `Input should be a list like [{"date": "2026-01-31", "spend": 1.5}]`, nil)
		}
	} else {
		sums, e := c.sums(ctx, c.lastMonth(), s, "day")
		if e != nil {
			return nil, e
		}
		for _, sum := range sums {
			past = append(past, spentOn{sum.Group[0], sum.Cost})
		}
	}
	return project(past)
}

func project(past []spentOn) (any, *core.Error) {
	rows := []any{}
	if len(past) == 0 {
		return map[string]any{"response": rows, "predicted_spend": "Predicted Spend: $0.00"}, nil
	}
	last, err := readTime(past[len(past)-1].Date)
	if err != nil {
		return nil, detail(400, "data: date must be a day like 2026-01-31")
	}
	start, slope := line(past)
	var total core.USD
	for i, day := len(past), last.AddDate(0, 0, 1); day.Month() == last.Month(); i, day = i+1, day.AddDate(0, 0, 1) {
		spend := core.Dollars(max(0, start+slope*float64(i)))
		total += spend
		rows = append(rows, map[string]any{"date": day.Format(time.DateOnly), "predicted_spend": spend})
	}
	text := fmt.Sprintf("Predicted Spend for the rest of %s: $%.2f", last.Format("January 2006"), total.Float())
	return map[string]any{"response": rows, "predicted_spend": text}, nil
}

// line is the straight line that lies nearest to what was spent: where it starts, and what it gains a day.
func line(past []spentOn) (start, slope float64) {
	n := float64(len(past))
	var x, y, xx, xy float64
	for i, p := range past {
		d, spend := float64(i), p.Spend.Float()
		x, y, xx, xy = x+d, y+spend, xx+d*d, xy+d*spend
	}
	if spread := n*xx - x*x; spread > 0 {
		slope = (n*xy - x*y) / spread
	}
	return (y - slope*x) / n, slope
}
