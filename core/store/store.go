// Package store keeps keys, teams, users, budgets, models, the spend log and the audit log in SQL: SQLite by default,
// Postgres where a fleet shares them. Both behave alike; the same tests run on both.
package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Errors that callers tell apart.
var (
	// ErrNotFound means that there is no such row.
	ErrNotFound = errors.New("not found")
	// ErrConflict means that a row with that id or alias is there already.
	ErrConflict = errors.New("already exists")
	// ErrUnavailable means that the database could not be asked in time. Nothing is known about the row.
	ErrUnavailable = errors.New("the database is not available")
)

// Options say where the store is.
type Options struct {
	// URL is a Postgres URL. "" keeps everything in SQLite, in Dir.
	URL string
	// Dir holds the SQLite file sluice.db. It is made when it is missing.
	Dir string
	// Connections is the most that are open to Postgres. Default 10.
	Connections int
	// Timeout is how long an operation may take. Default 5 s; lists and batches of spend may take four times as long.
	Timeout time.Duration
}

// Store is an open database. It is safe for concurrent use.
type Store struct {
	write, read *sql.DB // of SQLite the first has one connection: writers queue here rather than in the file
	postgres    bool
	timeout     time.Duration

	Keys                *KeyTable
	Teams               *TeamTable
	Members             *MemberTable
	Users               *UserTable
	Customers           *CustomerTable
	Organizations       *OrganizationTable
	OrganizationMembers *OrganizationMemberTable
	Budgets             *BudgetTable
	Models              *ModelTable
	Credentials         *CredentialTable
	Settings            *SettingTable
	Spend               *SpendTable
	Audit               *AuditTable
	Changes             *ChangeTable
}

// Open opens the database and brings its schema up to date. It fails when the schema is newer than this program.
func Open(ctx context.Context, o Options) (*Store, error) {
	s := &Store{postgres: o.URL != "", timeout: o.Timeout}
	if s.timeout <= 0 {
		s.timeout = 5 * time.Second
	}
	var err error
	if s.postgres {
		err = s.openPostgres(o)
	} else {
		err = s.openSQLite(o.Dir)
	}
	if err != nil {
		return nil, err
	}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	s.tables()
	return s, nil
}

func (s *Store) openSQLite(dir string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data folder: %w", err)
	}
	// busy_timeout comes first: the others may have to wait for another process.
	name := "file:" + filepath.Join(dir, "sluice.db") + "?_txlock=immediate&_pragma=busy_timeout(5000)" +
		"&_pragma=journal_mode(WAL)&_pragma=synchronous(NORMAL)&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)"
	var err error
	if s.write, err = sql.Open("sqlite", name); err != nil {
		return fmt.Errorf("open the database: %w", err)
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", name); err != nil {
		return errors.Join(fmt.Errorf("open the database: %w", err), s.write.Close())
	}
	s.read.SetMaxOpenConns(4)
	return nil
}

func (s *Store) openPostgres(o Options) error {
	url := o.URL
	if i := strings.IndexByte(url, '?'); i >= 0 {
		url = withoutPrismaOptions(url[:i], url[i+1:])
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return errors.New("open the database: its URL is not one of Postgres") // the error would show the password
	}
	n := o.Connections
	if n <= 0 {
		n = 10
	}
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	db.SetConnMaxIdleTime(5 * time.Minute)
	s.write, s.read = db, db
	return nil
}

// withoutPrismaOptions drops what LiteLLM's database client understands and Postgres does not.
func withoutPrismaOptions(base, query string) string {
	var kept []string
	for option := range strings.SplitSeq(query, "&") {
		switch name, _, _ := strings.Cut(option, "="); name {
		case "connection_limit", "pool_timeout", "schema", "pgbouncer", "sslaccept", "socket_timeout", "statement_cache_size":
		default:
			kept = append(kept, option)
		}
	}
	if len(kept) == 0 {
		return base
	}
	return base + "?" + strings.Join(kept, "&")
}

// Ping asks whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, s.timeout)
	defer stop()
	return failure("ping", s.read.PingContext(ctx))
}

// Close closes the database.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Kind is "sqlite" or "postgres".
func (s *Store) Kind() string {
	if s.postgres {
		return "postgres"
	}
	return "sqlite"
}
