package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// mostCounted is how many rows are counted, and paged through, where no sums tell how many there are.
const mostCounted = 10_000

// spendPage answers with a page of the log, as administrators look at it.
func spendPage(ctx context.Context, c *call) (any, *core.Error) {
	f, e := c.pageFilter()
	if e != nil {
		return nil, e
	}
	page, size, e := c.pageOf("page_size", 50)
	if e != nil {
		return nil, e
	}
	total, exact, err := c.Store.Spend.Count(ctx, f, mostCounted)
	if err != nil {
		return nil, c.failure(err)
	}
	if !exact {
		c.truncated(fmt.Sprintf("only the newest %d rows are counted", mostCounted))
	}
	rows := []any{}
	if offset := (page - 1) * size; offset < total {
		docs, _, err := c.Store.Spend.Rows(ctx, f, store.SpendPage{Limit: size, Offset: offset})
		if err != nil {
			return nil, c.failure(err)
		}
		for _, doc := range docs {
			rows = append(rows, doc)
		}
	}
	return map[string]any{"data": rows, "total": total, "page": page, "page_size": size, "total_pages": (total + size - 1) / size}, nil
}

// pageOf reads which page is asked for, and how many rows it has, at most 100.
func (c *call) pageOf(sizeName string, otherwise int) (page, size int, e *core.Error) {
	if page, e = c.queryInt("page", 1, 1, 1<<30); e != nil {
		return 0, 0, e
	}
	size, e = c.queryInt(sizeName, otherwise, 1, 100)
	return page, size, e
}

func (c *call) pageFilter() (store.SpendFilter, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return store.SpendFilter{}, e
	}
	f, e := c.narrowed(s)
	if e != nil {
		return f, e
	}
	f.RequestID, f.TeamID, f.EndUser, f.Model = c.query("request_id"), c.query("team_id"), c.query("end_user"), c.query("model")
	switch f.Status = c.query("status_filter"); f.Status {
	case "", "success", "failure":
	default:
		return f, detail(400, "status_filter must be success or failure")
	}
	f.From, f.Until, e = c.span()
	return f, e
}

// span reads start_date and end_date as moments; a day given as the end is included. Either may be missing.
func (c *call) span() (from, until time.Time, e *core.Error) {
	var err error
	if text := c.query("start_date"); text != "" {
		if from, err = readTime(text); err != nil {
			return from, until, detail(400, "start_date must be a day like 2026-01-31 or a time, in UTC")
		}
	}
	if text := c.query("end_date"); text != "" {
		if until, err = readTime(text); err != nil {
			return from, until, detail(400, "end_date must be a day like 2026-01-31 or a time, in UTC")
		}
		if until.Before(from) {
			return from, until, detail(400, "start_date must not be after end_date")
		}
		if len(text) == len(time.DateOnly) {
			until = until.AddDate(0, 0, 1)
		}
	}
	return from, until, nil
}

// spendRow answers with the row of one request: with its prompt and answer, where they are stored.
func spendRow(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	f := s.filter()
	f.RequestID, _ = c.ctx.UserValue("id").(string)
	docs, _, err := c.Store.Spend.Rows(ctx, f, store.SpendPage{Limit: 1})
	if err != nil {
		return nil, c.failure(err)
	}
	if len(docs) == 0 {
		return nil, detail(404, "Spend log with request_id="+f.RequestID+" not found")
	}
	return docs[0], nil
}
