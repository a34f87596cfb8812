package store

import (
	"context"
	"slices"

	"github.com/sluice-gateway/sluice/core"
)

// Reset puts what a kind's members have spent in their present periods to 0, a part at a time and in the order of their ids,
// and returns whom it changed; what they ever spent stays. after continues behind an id, "" begins. with, when it isn't nil, runs in the
// transaction of the part.
func (t *SpendTable) Reset(ctx context.Context, kind, after string, with func(*Tx) error) (ids []string, err error) {
	err = t.store.Write(ctx, func(tx *Tx) error {
		if ids, err = resetPart(tx, kind, after); err != nil {
			return failure("reset what was spent", err)
		}
		for _, id := range ids {
			if err := tx.announce("counters", kind+"/"+id); err != nil {
				return err
			}
		}
		if with == nil {
			return nil
		}
		return with(tx)
	})
	return ids, err
}

func resetPart(tx *Tx, kind, after string) (ids []string, err error) {
	const part = 2000
	rows, err := tx.tx.QueryContext(tx.ctx, tx.store.bind(`UPDATE counters SET spent = 0 WHERE kind = ? AND id IN
		(SELECT id FROM counters WHERE kind = ? AND id > ? AND spent <> 0 ORDER BY id LIMIT ?) RETURNING id`), kind, kind, after, part)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return nil, err
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids, rows.Err()
}

// Spender is somebody with what they have spent.
type Spender struct {
	ID string
	core.Spent
}

// Spenders returns those of a kind that have spent most in their present periods, or in the last that they spent anything in.
func (t *SpendTable) Spenders(ctx context.Context, kind string, limit, offset int) ([]Spender, error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	rows, err := t.store.read.QueryContext(ctx, t.store.bind(`SELECT id, window_start, spent, total FROM counters WHERE kind = ?
		ORDER BY spent DESC, id DESC LIMIT ? OFFSET ?`), kind, (&Page{Limit: limit}).limit(), offset)
	if err != nil {
		return nil, failure("list who spent most", err)
	}
	defer rows.Close()
	var all []Spender
	for rows.Next() {
		var s Spender
		var window int64
		if err := rows.Scan(&s.ID, &window, (*int64)(&s.Amount), (*int64)(&s.Total)); err != nil {
			return nil, failure("list who spent most", err)
		}
		s.Window = moment(window)
		all = append(all, s)
	}
	return all, failure("list who spent most", rows.Err())
}
