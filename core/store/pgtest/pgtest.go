// Package pgtest starts a Postgres server of the machine's own for tests.
package pgtest

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver pgx
)

// server is started by the first test that needs it and serves them all: making a cluster takes seconds.
var server struct {
	once sync.Once
	url  string // of the database postgres
	why  string // there is none
	err  error
	stop func()
	made atomic.Int32
}

// Main runs a package's tests and stops the server after them. Call it from TestMain.
func Main(m *testing.M) int {
	defer func() {
		if server.stop != nil {
			server.stop()
		}
	}()
	return m.Run()
}

// Database returns the URL of a new, empty database. It skips the test when no Postgres is installed.
func Database(t testing.TB) string {
	t.Helper()
	server.once.Do(func() { server.err = start() })
	if server.err != nil {
		t.Fatal(server.err)
	}
	if server.why != "" {
		t.Skip(server.why + ": nothing was tried with Postgres")
	}
	name := fmt.Sprintf("test%d", server.made.Add(1))
	db, err := sql.Open("pgx", server.url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	return strings.Replace(server.url, "/postgres?", "/"+name+"?", 1)
}

func start() error {
	bin := programs()
	if bin == "" {
		server.why = "it is not installed"
		return nil
	}
	dir, err := os.MkdirTemp("", "sluice-pg")
	if err != nil {
		return err
	}
	as, err := unprivileged(dir)
	if err != nil || server.why != "" {
		return err
	}
	data := filepath.Join(dir, "data")
	initdb := command(as, filepath.Join(bin, "initdb"), "-D", data, "-U", "sluice", "-A", "trust", "-N", "--locale=C", "-E", "UTF8")
	if out, err := initdb.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return err
	}
	postgres := command(as, filepath.Join(bin, "postgres"), "-D", data, "-k", dir, "-h", "127.0.0.1", "-p", strconv.Itoa(port),
		"-c", "fsync=off", "-c", "max_connections=100")
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		return err
	}
	defer log.Close()
	postgres.Stdout, postgres.Stderr = log, log
	if err := postgres.Start(); err != nil {
		return err
	}
	server.stop = func() {
		postgres.Process.Signal(syscall.SIGINT) // a fast shutdown
		postgres.Wait()
		os.RemoveAll(dir)
	}
	server.url = fmt.Sprintf("postgres://sluice@127.0.0.1:%d/postgres?sslmode=disable", port)
	return waitUntilReady(as, bin, port, log.Name())
}

// programs is the folder of the server's programs, "" when there is none. Debian keeps them out of PATH.
func programs() string {
	if p, err := exec.LookPath("initdb"); err == nil {
		if p, err = filepath.EvalSymlinks(p); err == nil {
			return filepath.Dir(p)
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return ""
	}
	return filepath.Dir(found[len(found)-1])
}

// unprivileged returns whom to run the server as: it refuses to be run by root.
func unprivileged(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
	}
	server.why = "there is nobody to run it as"
	return nil, nil
}

func command(as *syscall.Credential, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = os.TempDir()
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	return cmd
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func waitUntilReady(as *syscall.Credential, bin string, port int, log string) error {
	for range 600 {
		if command(as, filepath.Join(bin, "pg_isready"), "-q", "-h", "127.0.0.1", "-p", strconv.Itoa(port)).Run() == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond) // there is nothing to wait for but the answer
	}
	text, _ := os.ReadFile(log)
	return fmt.Errorf("postgres does not answer:\n%s", text)
}
