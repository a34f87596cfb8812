package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// Table is rows of one kind: the columns that they are searched by, and the whole as a document.
type Table[T any] struct {
	store *Store
	name  string
	ids   []string // columns that identify a row
	cols  []string // further columns
	id    func(*T) []any
	rest  func(*T) []any
	made  func(*T) time.Time
	quiet bool // nobody keeps copies: changes are not announced
}

// Where is a condition on a column: that it equals a value or, given a []string, one of them; or that it begins with one.
type Where struct {
	Column string
	Value  any
	Prefix bool
}

// Page asks for a part of a list in the order of creation.
type Page struct {
	Limit  int // at most 1000; default 100
	Offset int // rows to leave out; prefer After
	// After continues behind the row that a list ended with.
	After *Cursor
	// Descending begins with the newest.
	Descending bool
}

// Cursor is a row's place in a list.
type Cursor struct {
	Created time.Time
	ID      string
}

const (
	defaultLimit = 100
	maxLimit     = 1000
)

func (p *Page) limit() int {
	if p.Limit <= 0 {
		return defaultLimit
	}
	return min(p.Limit, maxLimit)
}

// Get returns a row, or ErrNotFound.
func (t *Table[T]) Get(ctx context.Context, id ...string) (*T, error) {
	ctx, stop := context.WithTimeout(ctx, t.store.timeout)
	defer stop()
	row := t.store.read.QueryRowContext(ctx, t.store.bind("SELECT doc FROM "+t.name+" WHERE "+t.match()), anys(id)...)
	return t.scan(row)
}

// GetIn is Get in a transaction, which keeps others from changing the row until it ends.
func (t *Table[T]) GetIn(tx *Tx, id ...string) (*T, error) {
	query := "SELECT doc FROM " + t.name + " WHERE " + t.match()
	if t.store.postgres {
		query += " FOR UPDATE"
	}
	return t.scan(tx.tx.QueryRowContext(tx.ctx, t.store.bind(query), anys(id)...))
}

func (t *Table[T]) match() string { return strings.Join(t.ids, " = ? AND ") + " = ?" }

func anys(texts []string) []any {
	values := make([]any, len(texts))
	for i, s := range texts {
		values[i] = s
	}
	return values
}

func (t *Table[T]) scan(row interface{ Scan(...any) error }) (*T, error) {
	var doc []byte
	if err := row.Scan(&doc); err != nil {
		return nil, failure("read "+t.name, err)
	}
	v := new(T)
	if err := json.Unmarshal(doc, v); err != nil {
		return nil, fmt.Errorf("read %s: %w", t.name, err)
	}
	return v, nil
}

// Insert adds a row, or fails with ErrConflict.
func (t *Table[T]) Insert(tx *Tx, v *T) error {
	doc, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", t.name, err)
	}
	columns := append(append([]string{}, t.ids...), t.cols...)
	columns = append(columns, "created", "doc")
	query := "INSERT INTO " + t.name + " (" + strings.Join(columns, ", ") + ") VALUES (" + marks(len(columns)) + ")"
	args := append(append(t.id(v), t.rest(v)...), micros(t.made(v)), string(doc))
	if _, err := tx.exec(query, args...); err != nil {
		return failure("write "+t.name, err)
	}
	return t.announce(tx, t.id(v))
}

// Update replaces a row, or fails with ErrNotFound.
func (t *Table[T]) Update(tx *Tx, v *T) error {
	doc, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write %s: %w", t.name, err)
	}
	var set []string
	for _, c := range t.cols {
		set = append(set, c+" = ?")
	}
	set = append(set, "doc = ?")
	args := append(append(t.rest(v), string(doc)), t.id(v)...)
	n, err := tx.exec("UPDATE "+t.name+" SET "+strings.Join(set, ", ")+" WHERE "+t.match(), args...)
	switch {
	case err != nil:
		return failure("write "+t.name, err)
	case n == 0:
		return ErrNotFound
	}
	return t.announce(tx, t.id(v))
}

// Delete removes a row, or fails with ErrNotFound.
func (t *Table[T]) Delete(tx *Tx, id ...string) error {
	n, err := tx.exec("DELETE FROM "+t.name+" WHERE "+t.match(), anys(id)...)
	switch {
	case err != nil:
		return failure("delete from "+t.name, err)
	case n == 0:
		return ErrNotFound
	}
	return t.announce(tx, anys(id))
}

// Change reads a row, lets f change it and writes it, in one transaction. It returns the row as it is then.
func (t *Table[T]) Change(ctx context.Context, f func(*T) error, id ...string) (v *T, err error) {
	err = t.store.Write(ctx, func(tx *Tx) error {
		if v, err = t.GetIn(tx, id...); err != nil {
			return err
		}
		if err = f(v); err != nil {
			return err
		}
		return t.Update(tx, v)
	})
	return v, err
}

// List returns the rows that meet the conditions, in the order of creation.
func (t *Table[T]) List(ctx context.Context, p Page, where ...Where) ([]*T, error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	condition, args := t.where(where)
	order, beyond := " ASC", " > "
	if p.Descending {
		order, beyond = " DESC", " < "
	}
	id := t.ids[len(t.ids)-1]
	if p.After != nil {
		condition += " AND (created, " + id + ")" + beyond + "(?, ?)"
		args = append(args, micros(p.After.Created), p.After.ID)
	}
	// The inner query reads only an index, however many rows it passes over.
	ids := strings.Join(t.ids, ", ")
	query := "SELECT doc FROM " + t.name + " WHERE (" + ids + ") IN (SELECT " + ids + " FROM " + t.name + " WHERE " + condition +
		" ORDER BY created" + order + ", " + id + order + " LIMIT ? OFFSET ?) ORDER BY created" + order + ", " + id + order
	rows, err := t.store.read.QueryContext(ctx, t.store.bind(query), append(args, p.limit(), p.Offset)...)
	if err != nil {
		return nil, failure("list "+t.name, err)
	}
	return t.collect(rows)
}

func (t *Table[T]) collect(rows *sql.Rows) ([]*T, error) {
	defer rows.Close()
	all := []*T{}
	for rows.Next() {
		v, err := t.scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, failure("list "+t.name, rows.Err())
}

// Count counts the rows that meet the conditions.
func (t *Table[T]) Count(ctx context.Context, where ...Where) (n int, err error) {
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	condition, args := t.where(where)
	err = t.store.read.QueryRowContext(ctx, t.store.bind("SELECT COUNT(*) FROM "+t.name+" WHERE "+condition), args...).Scan(&n)
	return n, failure("count "+t.name, err)
}

// where makes a condition of columns that are this table's own: names come from this program, values never enter the text.
func (t *Table[T]) where(conditions []Where) (string, []any) {
	text, args := "1 = 1", []any{}
	for _, w := range conditions {
		switch list, ok := w.Value.([]string); {
		case ok && len(list) == 0:
			text += " AND 1 = 0"
		case ok:
			text += " AND " + w.Column + " IN (" + marks(len(list)) + ")"
			args = append(args, anys(list)...)
		case w.Prefix:
			prefix, _ := w.Value.(string)
			text += " AND " + w.Column + " >= ? AND " + w.Column + " < ?"
			args = append(args, prefix, prefix+"\U0010FFFF")
		case w.Value == nil:
			text += " AND " + w.Column + " IS NULL"
		default:
			text += " AND " + w.Column + " = ?"
			args = append(args, w.Value)
		}
	}
	return text, args
}

func (t *Table[T]) announce(tx *Tx, id []any) error {
	if t.quiet {
		return nil
	}
	name := fmt.Sprint(id[0])
	for _, part := range id[1:] {
		name += "/" + fmt.Sprint(part)
	}
	return tx.announce(t.name, name)
}

func marks(n int) string { return strings.TrimSuffix(strings.Repeat("?, ", n), ", ") }

func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

func moment(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
