package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// SpendFilter narrows the spend log; empty fields don't.
type SpendFilter struct {
	RequestID, KeyHash, UserID, TeamID, EndUser, Model, Status string
	From, Until                                                time.Time // of the call's start; Until is not included
}

func (f *SpendFilter) where() (string, []any) {
	text, args := "1 = 1", []any{}
	for _, c := range []struct{ column, value string }{{"request_id", f.RequestID}, {"key_hash", f.KeyHash}, {"user_id", f.UserID},
		{"team_id", f.TeamID}, {"end_user", f.EndUser}, {"model", f.Model}, {"status", f.Status}} {
		if c.value != "" {
			text += " AND " + c.column + " = ?"
			args = append(args, indexed(c.value))
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
	raw, more, err := t.Rows(ctx, f, SpendPage{Limit: limit, Before: before})
	if err != nil {
		return nil, 0, err
	}
	rows = make([]*core.Spend, len(raw))
	for i, doc := range raw {
		rows[i] = &core.Spend{}
		if err := json.Unmarshal(doc, rows[i]); err != nil {
			return nil, 0, fmt.Errorf("read the spend log: %w", err)
		}
	}
	return rows, more, nil
}

// Sum is a line of a report.
type Sum struct {
	Group                              []string // the values of the columns that it was asked for, in order
	Cost                               core.USD
	Prompt, Output, Requests, Failures int64
}

// reportColumns are what a report may be grouped by.
var reportColumns = map[string]string{"day": "day", "key": "key_hash", "user": "user_id", "team": "team_id",
	"organization": "organization_id", "customer": "end_user", "model": "model", "model_group": "model_group", "provider": "provider"}

func errColumn(name string) error { return fmt.Errorf("a report can't be grouped by %q", name) }

// Report sums up the days from From to Until, both included, by day, key, user, team, organization, customer, model,
// model_group or provider. It reads the sums by day of each combination, never the log: all there are on the days. At most
// 10,000 lines.
func (t *SpendTable) Report(ctx context.Context, from, until string, by []string, f SpendFilter) ([]Sum, error) {
	return t.Combinations(ctx, from, until, by, f, 0)
}

// Combinations is Report with another limit of lines; 0 = 10,000.
func (t *SpendTable) Combinations(ctx context.Context, from, until string, by []string, f SpendFilter, limit int) ([]Sum, error) {
	var columns []string
	for _, name := range by {
		column, ok := reportColumns[name]
		if !ok {
			return nil, errColumn(name)
		}
		columns = append(columns, column)
	}
	f.RequestID, f.Status, f.From, f.Until = "", "", time.Time{}, time.Time{}
	condition, args := f.where()
	condition += " AND day >= ? AND day <= ?"
	args = append(args, from, until)
	return t.sums(ctx, "daily", columns, condition, args, limit, false)
}

// sumColumns are what a line of a report is made of, behind what it is grouped by.
func sumColumns(of string) string {
	var list []string
	for _, name := range []string{"cost", "prompt_tokens", "output_tokens", "requests", "failures"} {
		list = append(list, "COALESCE(SUM("+of+name+"), 0)")
	}
	return strings.Join(list, ", ")
}

// sums adds up a table's rows that meet a condition, in groups of columns: those that cost most first, or in the order of
// the columns.
func (t *SpendTable) sums(ctx context.Context, table string, columns []string, condition string, args []any, limit int, dearest bool) ([]Sum, error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	query := "SELECT " + strings.Join(append(slices.Clone(columns), sumColumns("")), ", ") + " FROM " + table + " WHERE " + condition
	if len(columns) > 0 {
		list := strings.Join(columns, ", ")
		query += " GROUP BY " + list + " ORDER BY "
		if dearest {
			query += strconv.Itoa(len(columns)+1) + " DESC, "
		}
		query += list
	}
	if limit <= 0 {
		limit = 10_000
	}
	rows, err := t.store.read.QueryContext(ctx, t.store.bind(query+" LIMIT ?"), append(slices.Clone(args), limit)...)
	if err != nil {
		return nil, failure("make a report", err)
	}
	return scanSums(rows, len(columns))
}

// scanSums reads a report's lines, which begin with so many columns that it is grouped by.
func scanSums(rows *sql.Rows, columns int) (sums []Sum, err error) {
	defer rows.Close()
	for rows.Next() {
		s := Sum{Group: make([]string, columns)}
		into := make([]any, 0, columns+5)
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

// Tags sums up the days from From to Until, both included, by tag: the dearest first, as Dearest finds them.
func (t *SpendTable) Tags(ctx context.Context, from, until string, limit int) ([]Sum, error) {
	sums, _, err := t.Dearest(ctx, SumTag, from, until, limit)
	return sums, err
}

// pruned is the kind of counter of what the rows that were deleted from the log had cost.
const pruned = "pruned"

// Reconcile compares what the log says was spent, with what was deleted from it, with the counter of the proxy: the
// difference is 0 unless something was lost or counted twice. It reads the whole log, though only an index of it.
func (t *SpendTable) Reconcile(ctx context.Context) (logged, counted core.USD, err error) {
	err = t.store.read.QueryRowContext(ctx, t.store.bind(`SELECT COALESCE((SELECT SUM(cost) FROM spend), 0) +
		COALESCE((SELECT SUM(total) FROM counters WHERE kind = ?), 0),
		COALESCE((SELECT SUM(total) FROM counters WHERE kind = 'proxy'), 0)`), pruned).Scan((*int64)(&logged), (*int64)(&counted))
	return logged, counted, failure("reconcile", err)
}

// Prune deletes rows of the log from before a moment, a part at a time; sums by day stay. more reports whether there are
// further ones.
func (t *SpendTable) Prune(ctx context.Context, before time.Time) (more bool, err error) {
	const part = 5000
	err = t.store.Write(ctx, func(tx *Tx) error {
		n, cost, err := deleteSpend(tx, before, part)
		if err != nil || n == 0 {
			more = false
			return failure("prune the spend log", err)
		}
		more = n == part
		return countPruned(tx, cost)
	})
	return more, err
}

// deleteSpend deletes the oldest rows from before a moment. It returns how many, and what they had cost.
func deleteSpend(tx *Tx, before time.Time, most int) (n int, cost core.USD, err error) {
	rows, err := tx.tx.QueryContext(tx.ctx, tx.store.bind(
		"DELETE FROM spend WHERE seq IN (SELECT seq FROM spend WHERE started < ? ORDER BY started, seq LIMIT ?) RETURNING cost"), micros(before), most)
	if err != nil {
		return 0, 0, err
	}
	defer rows.Close()
	for rows.Next() {
		var one int64
		if err := rows.Scan(&one); err != nil {
			return 0, 0, err
		}
		n, cost = n+1, cost+core.USD(one)
	}
	return n, cost, rows.Err()
}

// countPruned adds to what calls have cost that are not in the log.
func countPruned(tx *Tx, cost core.USD) error {
	_, err := tx.exec(`INSERT INTO counters (kind, id, window_start, spent, total) VALUES (?, '', 0, 0, ?)
		ON CONFLICT (kind, id) DO UPDATE SET total = counters.total + excluded.total`, pruned, int64(cost))
	return failure("count what is not in the spend log", err)
}

// withoutUnlogged leaves out the calls that are to stay out of the log. What they cost counts as deleted from it.
func withoutUnlogged(tx *Tx, calls []core.Spend) ([]core.Spend, error) {
	if !slices.ContainsFunc(calls, func(c core.Spend) bool { return c.Unlogged }) {
		return calls, nil
	}
	var kept []core.Spend
	var cost core.USD
	for i := range calls {
		if calls[i].Unlogged {
			cost += calls[i].Cost
		} else {
			kept = append(kept, calls[i])
		}
	}
	return kept, countPruned(tx, cost)
}
