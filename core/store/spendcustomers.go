package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// enroll makes the customers for whom these are the first calls, and whom nobody has made before. Calls that failed make
// none: any name can be in them.
func enroll(tx *Tx, calls []core.Spend) error {
	var ids []string
	for i := range calls {
		c := &calls[i]
		for _, p := range c.Charges {
			if p.Kind == core.PayerCustomer && p.ID != "" && (c.Status == "success" || c.Cost > 0) {
				ids = append(ids, payerID(p.ID))
			}
		}
	}
	slices.Sort(ids)
	for part := range slices.Chunk(slices.Compact(ids), rowsPerInsert) {
		if err := enrollPart(tx, part); err != nil {
			return err
		}
	}
	return nil
}

func enrollPart(tx *Tx, ids []string) error {
	t := &tx.store.Customers.Table
	now := time.Now().UTC()
	columns := append(append([]string{}, t.ids...), t.cols...)
	columns = append(columns, "created", "doc")
	var args []any
	for _, id := range ids {
		u := &core.Customer{ID: id, Change: core.Change{CreatedAt: now, UpdatedAt: now}}
		doc, err := json.Marshal(u)
		if err != nil {
			return fmt.Errorf("write customers: %w", err)
		}
		args = append(append(append(args, t.id(u)...), t.rest(u)...), micros(now), string(doc))
	}
	rows, err := tx.tx.QueryContext(tx.ctx, tx.store.bind("INSERT INTO customers ("+strings.Join(columns, ", ")+") VALUES "+
		rowsOf(len(columns), len(ids))+" ON CONFLICT (id) DO NOTHING RETURNING id"), args...)
	if err != nil {
		return failure("make customers", err)
	}
	defer rows.Close()
	for rows.Next() {
		var id string
		if err := rows.Scan(&id); err != nil {
			return failure("make customers", err)
		}
		if err := tx.announce(t.name, id); err != nil {
			return err
		}
	}
	return failure("make customers", rows.Err())
}

// payerID is a payer's id without what a database can't keep: some come from clients, and would keep a batch from being
// settled for ever.
func payerID(id string) string {
	const longest = 2048
	if len(id) > longest {
		id = id[:longest]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(id, ""), "\x00", "")
}
