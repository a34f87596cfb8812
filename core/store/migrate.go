package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"strings"
)

// migrations are files 001.sql, 002.sql and so on. They only go forward; one that was released never changes.
//
//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the advisory lock that keeps two gateways from migrating at once.
const migrationLock = 0x51a1ce

// migrate brings the schema up to date, one transaction per step.
func (s *Store) migrate(ctx context.Context) error {
	conn, err := s.write.Conn(ctx)
	if err != nil {
		return failure("connect to the database", err)
	}
	defer conn.Close()
	if s.postgres {
		if _, err := conn.ExecContext(ctx, "SELECT pg_advisory_lock($1)", migrationLock); err != nil {
			return failure("lock the schema", err)
		}
		defer conn.ExecContext(ctx, "SELECT pg_advisory_unlock($1)", migrationLock)
	}
	if _, err := conn.ExecContext(ctx, "CREATE TABLE IF NOT EXISTS sluice_schema (version BIGINT NOT NULL)"); err != nil {
		return failure("read the schema's version", err)
	}
	steps, err := migrations.ReadDir("migrations")
	if err != nil {
		return err
	}
	for i, step := range steps {
		if err := s.step(ctx, conn, i+1, len(steps), step.Name()); err != nil {
			return err
		}
	}
	return nil
}

// step applies one migration unless it, or a later one, was applied.
func (s *Store) step(ctx context.Context, conn *sql.Conn, version, newest int, file string) error {
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return failure("begin a migration", err)
	}
	defer tx.Rollback()
	var now sql.NullInt64
	if err := tx.QueryRowContext(ctx, "SELECT MAX(version) FROM sluice_schema").Scan(&now); err != nil {
		return failure("read the schema's version", err)
	}
	if now.Int64 > int64(newest) {
		return fmt.Errorf("the database has version %d of the schema, this program knows %d: use a newer one", now.Int64, newest)
	}
	if now.Int64 >= int64(version) {
		return nil
	}
	text, err := migrations.ReadFile("migrations/" + file)
	if err != nil {
		return err
	}
	for statement := range strings.SplitSeq(string(text), ";\n") {
		if strings.TrimSpace(statement) == "" {
			continue
		}
		if _, err := tx.ExecContext(ctx, s.native(statement)); err != nil {
			return fmt.Errorf("migrate the database to version %d: %w", version, err)
		}
	}
	_, err = tx.ExecContext(ctx, s.bind("INSERT INTO sluice_schema (version) VALUES (?)"), version)
	return errors.Join(err, tx.Commit())
}

// native replaces the types that the two databases name differently.
func (s *Store) native(statement string) string {
	if s.postgres {
		return strings.NewReplacer("SERIAL_KEY", "BIGSERIAL PRIMARY KEY", "TEXT_C", `TEXT COLLATE "C"`, ") CLUSTERED", ")").Replace(statement)
	}
	return strings.NewReplacer("SERIAL_KEY", "INTEGER PRIMARY KEY AUTOINCREMENT", "TEXT_C", "TEXT", ") CLUSTERED", ") WITHOUT ROWID").Replace(statement)
}
