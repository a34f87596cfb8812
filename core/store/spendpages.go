package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"time"
)

// SpendPage asks for a part of the spend log.
type SpendPage struct {
	Limit  int   // at most 1000; default 100
	Offset int   // rows to leave out; found by the sums by day where the filter allows it
	Before int64 // continue behind the row with that number; 0 = begin
}

// maxRowBytes is how much of the log is read at once: rows may hold prompts.
const maxRowBytes = 16 << 20

// Rows returns rows of the spend log as JSON, the newest first, as many as were asked for or have 16 MB together. more
// is 0 when there are no further ones, else what to pass as Before.
func (t *SpendTable) Rows(ctx context.Context, f SpendFilter, p SpendPage) (docs []json.RawMessage, more int64, err error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	if p.Offset > 0 {
		if f.Until, p.Offset, err = t.skip(ctx, f, p.Offset); err != nil {
			return nil, 0, err
		}
	}
	condition, args := f.where()
	if p.Before > 0 {
		condition += " AND (started, seq) < (SELECT started, seq FROM spend WHERE seq = ?)"
		args = append(args, p.Before)
	}
	limit := (&Page{Limit: p.Limit}).limit()
	// The inner query reads only an index where there is one for the filter.
	rows, err := t.store.read.QueryContext(ctx, t.store.bind("SELECT seq, doc FROM spend WHERE seq IN (SELECT seq FROM spend WHERE "+condition+
		" ORDER BY started DESC, seq DESC LIMIT ? OFFSET ?) ORDER BY started DESC, seq DESC"), append(args, limit+1, p.Offset)...)
	if err != nil {
		return nil, 0, failure("read the spend log", err)
	}
	return collectRows(rows, limit)
}

func collectRows(rows *sql.Rows, limit int) (docs []json.RawMessage, more int64, err error) {
	defer rows.Close()
	docs = []json.RawMessage{}
	var last int64
	for size := 0; rows.Next(); {
		if len(docs) == limit || size >= maxRowBytes {
			return docs, last, nil
		}
		var doc []byte
		if err := rows.Scan(&last, &doc); err != nil {
			return nil, 0, failure("read the spend log", err)
		}
		docs, size = append(docs, doc), size+len(doc)
	}
	return docs, 0, failure("read the spend log", rows.Err())
}

// sumsOf names the sums that count exactly the rows of a filter; ok is false when there are none.
func (f *SpendFilter) sumsOf() (of charged, ok bool) {
	of = charged{SumAll, ""}
	if f.RequestID != "" || f.Model != "" || f.Status != "" {
		return of, false
	}
	for _, c := range []charged{{SumKey, f.KeyHash}, {SumUser, f.UserID}, {SumTeam, f.TeamID}, {SumCustomer, f.EndUser}} {
		switch {
		case c.id == "":
		case of.kind != SumAll:
			return of, false
		default:
			of = c
		}
	}
	return of, true
}

// span narrows a filter to what is left in the log: sums stay when rows are deleted.
func (t *SpendTable) span(ctx context.Context, f *SpendFilter) (any bool, err error) {
	var oldest, newest sql.NullInt64
	err = t.store.read.QueryRowContext(ctx, "SELECT (SELECT MIN(started) FROM spend), (SELECT MAX(started) FROM spend)").Scan(&oldest, &newest)
	if err != nil || !oldest.Valid {
		return false, failure("read the spend log", err)
	}
	if from := moment(oldest.Int64); f.From.Before(from) {
		f.From = from
	}
	if until := moment(newest.Int64 + 1); f.Until.IsZero() || f.Until.After(until) {
		f.Until = until
	}
	return f.From.Before(f.Until), nil
}

type dayCount struct {
	from, until time.Time
	rows        int
}

// days counts the rows of a filter by day, the newest first. Days that the filter has only a part of are counted in the log.
func (t *SpendTable) days(ctx context.Context, f SpendFilter, of charged) ([]dayCount, error) {
	q := SumQuery{Kind: of.kind, IDs: []string{of.id}, From: Day(f.From), Until: Day(f.Until), By: []string{"day"}}
	sums, err := t.Sums(ctx, q)
	if err != nil {
		return nil, err
	}
	q.Kind += unlogged
	hidden, err := t.Sums(ctx, q)
	if err != nil {
		return nil, err
	}
	missing := make(map[string]int64, len(hidden))
	for _, h := range hidden {
		missing[h.Group[0]] = h.Requests
	}
	days := make([]dayCount, 0, len(sums))
	for i := len(sums) - 1; i >= 0; i-- {
		start, err := time.Parse(time.DateOnly, sums[i].Group[0])
		if err != nil {
			return nil, failure("read the sums", err)
		}
		d := dayCount{start, start.AddDate(0, 0, 1), int(sums[i].Requests - missing[sums[i].Group[0]])}
		if d.from.Before(f.From) || d.until.After(f.Until) {
			if d.from.Before(f.From) {
				d.from = f.From
			}
			if d.until.After(f.Until) {
				d.until = f.Until
			}
			part := f
			part.From, part.Until = d.from, d.until
			if d.rows, err = t.count(ctx, part, 0); err != nil {
				return nil, err
			}
		}
		days = append(days, d)
	}
	return days, nil
}

// count counts rows in the log, at most so many; 0 = all.
func (t *SpendTable) count(ctx context.Context, f SpendFilter, most int) (n int, err error) {
	condition, args := f.where()
	query := "SELECT COUNT(*) FROM spend WHERE " + condition
	if most > 0 {
		query = "SELECT COUNT(*) FROM (SELECT 1 FROM spend WHERE " + condition + " LIMIT ?) AS part"
		args = append(args, most)
	}
	err = t.store.read.QueryRowContext(ctx, t.store.bind(query), args...).Scan(&n)
	return n, failure("count the spend log", err)
}

// skip finds where a page begins: until when, and how many rows from there on are left out still. Whole days are skipped by
// their sums.
func (t *SpendTable) skip(ctx context.Context, f SpendFilter, offset int) (until time.Time, rest int, err error) {
	of, ok := f.sumsOf()
	if !ok {
		return f.Until, offset, nil
	}
	narrowed := f
	if some, err := t.span(ctx, &narrowed); err != nil || !some {
		return f.Until, offset, err
	}
	days, err := t.days(ctx, narrowed, of)
	if err != nil {
		return f.Until, offset, err
	}
	for _, d := range days {
		if offset < d.rows {
			return d.until, offset, nil
		}
		offset -= d.rows
	}
	return narrowed.From, 0, nil // there is nothing before
}

// Count counts the rows of the spend log that meet a filter. Where there are no sums for it, it stops counting at most, and
// exact is false.
func (t *SpendTable) Count(ctx context.Context, f SpendFilter, most int) (n int, exact bool, err error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	of, ok := f.sumsOf()
	if !ok {
		n, err = t.count(ctx, f, most)
		return n, n < most, err
	}
	if some, err := t.span(ctx, &f); err != nil || !some {
		return 0, true, err
	}
	days, err := t.days(ctx, f, of)
	for _, d := range days {
		n += d.rows
	}
	return n, true, err
}
