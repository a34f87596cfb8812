package store

import (
	"context"
	"slices"
	"strings"
	"time"
)

// ChangeTable is the log of what was changed, for those who keep copies in memory.
type ChangeTable struct{ store *Store }

// Changed names a row that was written or deleted.
type Changed struct {
	Seq  int64
	Kind string // the table
	ID   string // a row's ids, joined by slashes
}

// changeLock keeps changes in the order of their numbers: who sees one has seen all before it.
const changeLock = migrationLock + 1

// announce notes a change. It is written when the transaction ends: the lock is the last that is taken, so nobody waits for
// anything else with it in their hands.
func (t *Tx) announce(kind, id string) error {
	t.changes = append(t.changes, Changed{Kind: kind, ID: id})
	return nil
}

// publish writes the changes that were noted.
func (t *Tx) publish() error {
	if len(t.changes) == 0 {
		return nil
	}
	if t.store.postgres {
		if _, err := t.tx.ExecContext(t.ctx, "SELECT pg_advisory_xact_lock($1)", changeLock); err != nil {
			return failure("announce a change", err)
		}
	}
	at := micros(time.Now())
	for part := range slices.Chunk(t.changes, rowsPerInsert) {
		var args []any
		for _, c := range part {
			args = append(args, c.Kind, c.ID, at)
		}
		rows := strings.TrimSuffix(strings.Repeat("(?, ?, ?), ", len(part)), ", ")
		if _, err := t.exec("INSERT INTO changes (kind, id, at) VALUES "+rows, args...); err != nil {
			return failure("announce a change", err)
		}
	}
	return nil
}

// Last returns the number of the newest change, 0 when there is none.
func (c *ChangeTable) Last(ctx context.Context) (seq int64, err error) {
	ctx, stop := context.WithTimeout(ctx, c.store.timeout)
	defer stop()
	err = c.store.read.QueryRowContext(ctx, "SELECT COALESCE(MAX(seq), 0) FROM changes").Scan(&seq)
	return seq, failure("read changes", err)
}

// Since returns the changes after a number, at most 1000 of them, in order.
func (c *ChangeTable) Since(ctx context.Context, seq int64) ([]Changed, error) {
	ctx, stop := context.WithTimeout(ctx, c.store.timeout)
	defer stop()
	rows, err := c.store.read.QueryContext(ctx, c.store.bind("SELECT seq, kind, id FROM changes WHERE seq > ? ORDER BY seq LIMIT 1000"), seq)
	if err != nil {
		return nil, failure("read changes", err)
	}
	defer rows.Close()
	var all []Changed
	for rows.Next() {
		var one Changed
		if err := rows.Scan(&one.Seq, &one.Kind, &one.ID); err != nil {
			return nil, failure("read changes", err)
		}
		all = append(all, one)
	}
	return all, failure("read changes", rows.Err())
}

// Prune forgets changes before a moment: everybody has seen them long ago.
func (c *ChangeTable) Prune(ctx context.Context, before time.Time) error {
	return c.store.Write(ctx, func(tx *Tx) error {
		_, err := tx.exec("DELETE FROM changes WHERE at < ? AND seq < (SELECT MAX(seq) FROM changes)", micros(before))
		return failure("prune changes", err)
	})
}
