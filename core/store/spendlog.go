package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// SpendFilter narrows the spend log; empty fields don't.
type SpendFilter struct {
	RequestID, KeyHash, UserID, TeamID, EndUser string
	From, Until                                 time.Time // of the call's start; Until is not included
}

func (f *SpendFilter) where() (string, []any) {
	text, args := "1 = 1", []any{}
	for _, c := range []struct{ column, value string }{{"request_id", f.RequestID}, {"key_hash", f.KeyHash}, {"user_id", f.UserID},
		{"team_id", f.TeamID}, {"end_user", f.EndUser}} {
		if c.value != "" {
			text += " AND " + c.column + " = ?"
			args = append(args, c.value)
		}
	}
	if !f.From.IsZero() {
		text += " AND started >= ?"
		args = append(args, micros(f.From))
	}
	if !f.Until.IsZero() {
		text += " AND started < ?"
		args = append(args, micros(f.Until))
	}
	return text, args
}

// Log returns rows of the spend log, the newest first. before continues behind the row with that number, which more
// returns when there are further ones; 0 begins.
func (t *SpendTable) Log(ctx context.Context, f SpendFilter, limit int, before int64) (rows []*core.Spend, more int64, err error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	condition, args := f.where()
	if before > 0 {
		condition += " AND (started, seq) < (SELECT started, seq FROM spend WHERE seq = ?)"
		args = append(args, before)
	}
	limit = (&Page{Limit: limit}).limit()
	result, err := t.store.read.QueryContext(ctx, t.store.bind("SELECT seq, doc FROM spend WHERE "+condition+
		" ORDER BY started DESC, seq DESC LIMIT ?"), append(args, limit+1)...)
	if err != nil {
		return nil, 0, failure("read the spend log", err)
	}
	defer result.Close()
	one := &Table[core.Spend]{store: t.store, name: "the spend log"}
	rows = []*core.Spend{}
	var last int64
	for result.Next() {
		if len(rows) == limit {
			return rows, last, nil
		}
		row, err := one.scan(after{result, &last})
		if err != nil {
			return nil, 0, err
		}
		rows = append(rows, row)
	}
	return rows, 0, failure("read the spend log", result.Err())
}

// after scans a column before those that are asked for.
type after struct {
	rows interface{ Scan(...any) error }
	into any
}

func (a after) Scan(into ...any) error { return a.rows.Scan(append([]any{a.into}, into...)...) }

// Sum is a line of a report.
type Sum struct {
	Group                              []string // the values of the columns that it was asked for, in order
	Cost                               core.USD
	Prompt, Output, Requests, Failures int64
}

// ReportColumns are what a report may be grouped by.
var reportColumns = map[string]string{"day": "day", "key": "key_hash", "user": "user_id", "team": "team_id",
	"organization": "organization_id", "customer": "end_user", "model": "model", "model_group": "model_group", "provider": "provider"}

// Report sums up the days from From to Until, both included, by day, key, user, team, organization, customer, model,
// model_group or provider. It reads sums by day, never the log. At most 10,000 lines.
func (t *SpendTable) Report(ctx context.Context, from, until string, by []string, f SpendFilter) ([]Sum, error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	var columns []string
	for _, name := range by {
		column, ok := reportColumns[name]
		if !ok {
			return nil, fmt.Errorf("a report can't be grouped by %q", name)
		}
		columns = append(columns, column)
	}
	f.RequestID, f.From, f.Until = "", time.Time{}, time.Time{}
	condition, args := f.where()
	condition += " AND day >= ? AND day <= ?"
	args = append(args, from, until)
	list := strings.Join(columns, ", ")
	query := "SELECT " + list + ", SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures) FROM daily WHERE " +
		condition + " GROUP BY " + list + " ORDER BY " + list + " LIMIT 10000"
	if len(columns) == 0 {
		query = "SELECT COALESCE(SUM(cost), 0), COALESCE(SUM(prompt_tokens), 0), COALESCE(SUM(output_tokens), 0), " +
			"COALESCE(SUM(requests), 0), COALESCE(SUM(failures), 0) FROM daily WHERE " + condition
	}
	rows, err := t.store.read.QueryContext(ctx, t.store.bind(query), args...)
	if err != nil {
		return nil, failure("make a report", err)
	}
	defer rows.Close()
	var sums []Sum
	for rows.Next() {
		s := Sum{Group: make([]string, len(columns))}
		into := make([]any, 0, len(columns)+5)
		for i := range s.Group {
			into = append(into, &s.Group[i])
		}
		if err := rows.Scan(append(into, (*int64)(&s.Cost), &s.Prompt, &s.Output, &s.Requests, &s.Failures)...); err != nil {
			return nil, failure("make a report", err)
		}
		sums = append(sums, s)
	}
	return sums, failure("make a report", rows.Err())
}

// Tags sums up the days from From to Until, both included, by tag: the dearest first.
func (t *SpendTable) Tags(ctx context.Context, from, until string, limit int) ([]Sum, error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	page := Page{Limit: limit}
	rows, err := t.store.read.QueryContext(ctx, t.store.bind(`SELECT tag, SUM(cost), SUM(requests) FROM daily_tags
		WHERE day >= ? AND day <= ? GROUP BY tag ORDER BY 2 DESC, 1 LIMIT ?`), from, until, page.limit())
	if err != nil {
		return nil, failure("sum up tags", err)
	}
	defer rows.Close()
	var sums []Sum
	for rows.Next() {
		s := Sum{Group: make([]string, 1)}
		if err := rows.Scan(&s.Group[0], (*int64)(&s.Cost), &s.Requests); err != nil {
			return nil, failure("sum up tags", err)
		}
		sums = append(sums, s)
	}
	return sums, failure("sum up tags", rows.Err())
}

// Reconcile compares what the log says was spent with the counter of a kind: the difference is 0 unless something was
// lost or counted twice. It reads the whole log.
func (t *SpendTable) Reconcile(ctx context.Context) (logged, counted core.USD, err error) {
	err = t.store.read.QueryRowContext(ctx, `SELECT COALESCE((SELECT SUM(cost) FROM spend), 0),
		COALESCE((SELECT SUM(total) FROM counters WHERE kind = 'proxy'), 0)`).Scan((*int64)(&logged), (*int64)(&counted))
	return logged, counted, failure("reconcile", err)
}

// Prune deletes rows of the log from before a moment, a part at a time; sums by day stay. more reports whether there are
// further ones.
func (t *SpendTable) Prune(ctx context.Context, before time.Time) (more bool, err error) {
	const part = 5000
	err = t.store.Write(ctx, func(tx *Tx) error {
		n, err := tx.exec("DELETE FROM spend WHERE seq IN (SELECT seq FROM spend WHERE started < ? ORDER BY started LIMIT ?)", micros(before), part)
		more = n == part
		return failure("prune the spend log", err)
	})
	return more, err
}
