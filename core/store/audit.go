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
type AuditFilter struct{ By, Action, Table, ObjectID string }

// List returns entries from the newest on, and how many there are.
func (a *AuditTable) List(ctx context.Context, f AuditFilter, limit, offset int) ([]*core.Audit, int, error) {
	ctx, stop := context.WithTimeout(ctx, 4*a.store.timeout)
	defer stop()
	t := &Table[core.Audit]{store: a.store, name: "audit"}
	var where []Where
	for _, w := range []Where{{Column: "changed_by", Value: f.By}, {Column: "action", Value: f.Action},
		{Column: "table_name", Value: f.Table}, {Column: "object_id", Value: f.ObjectID}} {
		if w.Value != "" {
			where = append(where, w)
		}
	}
	n, err := t.Count(ctx, where...)
	if err != nil {
		return nil, 0, err
	}
	condition, args := t.where(where)
	page := Page{Limit: limit}
	rows, err := a.store.read.QueryContext(ctx, a.store.bind("SELECT doc FROM audit WHERE "+condition+
		" ORDER BY seq DESC LIMIT ? OFFSET ?"), append(args, page.limit(), offset)...)
	if err != nil {
		return nil, 0, failure("list the audit log", err)
	}
	all, err := t.collect(rows)
	return all, n, err
}

// Get returns an entry, or ErrNotFound.
func (a *AuditTable) Get(ctx context.Context, id string) (*core.Audit, error) {
	t := &Table[core.Audit]{store: a.store, name: "audit", ids: []string{"id"}}
	return t.Get(ctx, id)
}

// Prune deletes entries from before a moment.
func (a *AuditTable) Prune(ctx context.Context, before time.Time) (n int64, err error) {
	err = a.store.Write(ctx, func(tx *Tx) error {
		n, err = tx.exec("DELETE FROM audit WHERE at < ?", micros(before))
		return failure("prune the audit log", err)
	})
	return n, err
}
