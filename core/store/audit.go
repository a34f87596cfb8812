package store

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// AuditTable is the audit log. Entries are written with the change that they tell of and never changed.
type AuditTable struct{ store *Store }

// Add writes an entry in the transaction of the change.
func (a *AuditTable) Add(tx *Tx, e *core.Audit) error {
	doc, err := json.Marshal(e)
	if err != nil {
		return fmt.Errorf("write the audit log: %w", err)
	}
	_, err = tx.exec("INSERT INTO audit (id, at, changed_by, action, table_name, object_id, doc) VALUES (?, ?, ?, ?, ?, ?, ?)",
		e.ID, micros(e.At), e.By, e.Action, e.Table, e.ObjectID, string(doc))
	return failure("write the audit log", err)
}

// AuditFilter narrows a list of audit entries; empty fields don't.
type AuditFilter struct {
	By, Action, Table, ObjectID string
	From, Until                 time.Time // Until is not included
}

func (f *AuditFilter) where() (string, []any) {
	text, args := "1 = 1", []any{}
	for _, c := range []struct{ column, value string }{{"changed_by", f.By}, {"action", f.Action}, {"table_name", f.Table}, {"object_id", f.ObjectID}} {
		if c.value != "" {
			text += " AND " + c.column + " = ?"
			args = append(args, c.value)
		}
	}
	if !f.From.IsZero() {
		text += " AND at >= ?"
		args = append(args, micros(f.From))
	}
	if !f.Until.IsZero() {
		text += " AND at < ?"
		args = append(args, micros(f.Until))
	}
	return text, args
}

// MaxAuditCount is where List stops counting entries.
const MaxAuditCount = 100_000

// List returns entries from the newest on, and how many there are, at most MaxAuditCount.
func (a *AuditTable) List(ctx context.Context, f AuditFilter, limit, offset int) (all []*core.Audit, n int, err error) {
	ctx, stop := context.WithTimeout(ctx, 4*a.store.timeout)
	defer stop()
	condition, args := f.where()
	err = a.store.read.QueryRowContext(ctx, a.store.bind("SELECT COUNT(*) FROM (SELECT 1 FROM audit WHERE "+condition+" LIMIT ?) AS part"),
		append(args, MaxAuditCount)...).Scan(&n)
	if err != nil {
		return nil, 0, failure("count the audit log", err)
	}
	page := Page{Limit: limit}
	rows, err := a.store.read.QueryContext(ctx, a.store.bind("SELECT doc FROM audit WHERE seq IN (SELECT seq FROM audit WHERE "+condition+
		" ORDER BY at DESC, seq DESC LIMIT ? OFFSET ?) ORDER BY at DESC, seq DESC"), append(args, page.limit(), offset)...)
	if err != nil {
		return nil, 0, failure("list the audit log", err)
	}
	t := &Table[core.Audit]{store: a.store, name: "audit"}
	all, err = t.collect(rows)
	return all, n, err
}

// Get returns an entry, or ErrNotFound.
func (a *AuditTable) Get(ctx context.Context, id string) (*core.Audit, error) {
	t := &Table[core.Audit]{store: a.store, name: "audit", ids: []string{"id"}}
	return t.Get(ctx, id)
}

// Prune deletes entries from before a moment, a part at a time. It returns how many; 0 when there are no more.
func (a *AuditTable) Prune(ctx context.Context, before time.Time) (n int64, err error) {
	const part = 5000
	err = a.store.Write(ctx, func(tx *Tx) error {
		n, err = tx.exec("DELETE FROM audit WHERE seq IN (SELECT seq FROM audit WHERE at < ? ORDER BY at, seq LIMIT ?)", micros(before), part)
		return failure("prune the audit log", err)
	})
	return n, err
}
