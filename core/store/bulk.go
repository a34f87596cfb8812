package store

import (
	"context"
	"strings"

	"github.com/sluice-gateway/sluice/core"
)

// FindIn returns the oldest row that meets the conditions, or ErrNotFound, in a transaction. Others can't change it until
// that ends.
func (t *Table[T]) FindIn(tx *Tx, where ...Where) (*T, error) {
	condition, args := t.where(where)
	query := "SELECT doc FROM " + t.name + " WHERE " + condition + " ORDER BY created, " + strings.Join(t.ids, ", ") + " LIMIT 1"
	if t.store.postgres {
		query += " FOR UPDATE"
	}
	return t.scan(tx.tx.QueryRowContext(tx.ctx, t.store.bind(query), args...))
}

// DeleteAll removes the rows that meet the conditions and returns them.
func (t *Table[T]) DeleteAll(tx *Tx, where ...Where) ([]*T, error) {
	condition, args := t.where(where)
	rows, err := tx.tx.QueryContext(tx.ctx, t.store.bind("DELETE FROM "+t.name+" WHERE "+condition+" RETURNING doc"), args...)
	if err != nil {
		return nil, failure("delete from "+t.name, err)
	}
	all, err := t.collect(rows)
	if err != nil {
		return nil, err
	}
	for _, v := range all {
		if err := t.announce(tx, t.id(v)); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// listsPerQuery keeps ListEach below SQLite's limit of selects in one.
const listsPerQuery = 100

// ListEach returns the first rows, in the order of creation, of each of several lists: those whose column has one of the
// values. However long the lists are, no more than limit rows of each are read.
func (t *Table[T]) ListEach(ctx context.Context, column string, values []string, limit int) (map[string][]*T, error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	all := make(map[string][]*T, len(values))
	for len(values) > 0 {
		n := min(len(values), listsPerQuery)
		if err := t.listEach(ctx, column, values[:n], limit, all); err != nil {
			return nil, err
		}
		values = values[n:]
	}
	return all, nil
}

func (t *Table[T]) listEach(ctx context.Context, column string, values []string, limit int, into map[string][]*T) error {
	page := Page{Limit: limit}
	part := "SELECT * FROM (SELECT " + column + ", doc FROM " + t.name + " WHERE " + column + " = ? ORDER BY created, " +
		t.ids[len(t.ids)-1] + " LIMIT ?) AS part"
	var args []any
	for _, v := range values {
		args = append(args, v, page.limit())
	}
	query := strings.TrimSuffix(strings.Repeat(part+" UNION ALL ", len(values)), " UNION ALL ")
	rows, err := t.store.read.QueryContext(ctx, t.store.bind(query), args...)
	if err != nil {
		return failure("list "+t.name, err)
	}
	defer rows.Close()
	for rows.Next() {
		var of string
		v, err := t.scan(behind{rows, &of})
		if err != nil {
			return err
		}
		into[of] = append(into[of], v)
	}
	return failure("list "+t.name, rows.Err())
}

// behind scans a row's document, which comes behind a text.
type behind struct {
	row  interface{ Scan(...any) error }
	text *string
}

func (b behind) Scan(into ...any) error { return b.row.Scan(append([]any{b.text}, into...)...) }

// SpentBy returns what each of several has spent. Those who spent nothing are missing.
func (t *SpendTable) SpentBy(ctx context.Context, kind string, ids []string) (map[string]core.Spent, error) {
	all := make(map[string]core.Spent, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	ctx, stop := context.WithTimeout(ctx, t.store.timeout)
	defer stop()
	rows, err := t.store.read.QueryContext(ctx, t.store.bind("SELECT id, window_start, spent, total FROM counters WHERE kind = ? AND id IN ("+
		marks(len(ids))+")"), append([]any{kind}, anys(ids)...)...)
	if err != nil {
		return nil, failure("read what was spent", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		var window, spent, total int64
		if err := rows.Scan(&id, &window, &spent, &total); err != nil {
			return nil, failure("read what was spent", err)
		}
		all[id] = core.Spent{Window: moment(window), Amount: core.USD(spent), Total: core.USD(total)}
	}
	return all, failure("read what was spent", rows.Err())
}
