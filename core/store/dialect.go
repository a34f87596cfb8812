package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// bind turns the placeholders of a query, written ?, into those of the database.
func (s *Store) bind(query string) string {
	if !s.postgres {
		return query
	}
	var b strings.Builder
	n := 0
	for part := range strings.SplitSeq(query, "?") {
		if n > 0 {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(n))
		}
		b.WriteString(part)
		n++
	}
	return b.String()
}

// failure wraps what a database answered in the error that callers know it by.
func failure(doing string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sql.ErrNoRows):
		return ErrNotFound
	case isDuplicate(err):
		return ErrConflict
	case errors.Is(err, ErrNotFound), errors.Is(err, ErrConflict), errors.Is(err, ErrUnavailable):
		return err
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: %w", doing, err)
	case isUnavailable(err):
		return fmt.Errorf("%s: %w: %w", doing, ErrUnavailable, err)
	}
	return fmt.Errorf("%s: %w", doing, err)
}

func isDuplicate(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code == "23505"
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		return lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE || lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// isUnavailable tells a database that can't be asked now from one that refused what it was asked.
func isUnavailable(err error) bool {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		switch pg.Code[:2] {
		case "08", "53", "57": // connection, resources, operator intervention
			return true
		}
		return false
	}
	var lite *sqlite.Error
	if errors.As(err, &lite) {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN:
			return true
		}
		return false
	}
	return true
}

// isRetryable reports whether a transaction failed only because of others at the same time.
func isRetryable(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001" || pg.Code == "55P03")
}

// Tx is a transaction. Changes made in it are announced when it is committed.
type Tx struct {
	store *Store
	tx    *sql.Tx
	ctx   context.Context

	changes []Changed // to be announced
}

// Write runs f in a transaction, again when it lost against others. f must have no effects of its own. An error among fine
// undoes what f did, and is none.
func (s *Store) Write(ctx context.Context, f func(*Tx) error, fine ...error) error {
	return s.writeWithin(ctx, s.timeout, f, fine...)
}

func (s *Store) writeWithin(ctx context.Context, timeout time.Duration, f func(*Tx) error, fine ...error) error {
	ctx, stop := context.WithTimeout(ctx, timeout)
	defer stop()
	for try := 0; ; try++ {
		err := s.writeOnce(ctx, f)
		if slices.ContainsFunc(fine, func(target error) bool { return errors.Is(err, target) }) {
			return nil
		}
		if err == nil || try == 4 || !isRetryable(err) {
			return err
		}
	}
}

func (s *Store) writeOnce(ctx context.Context, f func(*Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return failure("begin a transaction", err)
	}
	defer tx.Rollback()
	t := &Tx{store: s, tx: tx, ctx: ctx}
	if err := f(t); err != nil {
		return err
	}
	if err := t.publish(); err != nil {
		return err
	}
	return failure("commit", tx.Commit())
}

func (t *Tx) exec(query string, args ...any) (int64, error) {
	r, err := t.tx.ExecContext(t.ctx, t.store.bind(query), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}
