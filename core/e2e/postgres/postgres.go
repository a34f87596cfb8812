// Package postgres starts a Postgres server of the machine's own for tests, and stops it in the middle of its work.
package postgres

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a running Postgres, with one empty database.
type Server struct {
	// URL is that of the database.
	URL string

	t       testing.TB
	process *exec.Cmd
}

// patience bounds the start.
const patience = 30 * time.Second

// Start starts a server. It skips the test when none is installed.
func Start(t testing.TB) *Server {
	t.Helper()
	bin := programs()
	if bin == "" {
		t.Skip("Postgres is not installed")
	}
	dir, err := os.MkdirTemp("", "sluice-pg")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	as := unprivileged(t, dir)
	data, port := filepath.Join(dir, "data"), freePort(t)
	if out, err := command(as, dir, bin+"/initdb", "-D", data, "-U", "sluice", "-A", "trust", "-N", "--locale=C", "-E", "UTF8").CombinedOutput(); err != nil {
		t.Fatalf("initdb: %v\n%s", err, out)
	}
	s := &Server{URL: fmt.Sprintf("postgres://sluice@127.0.0.1:%s/postgres?sslmode=disable", port), t: t,
		process: command(as, dir, bin+"/postgres", "-D", data, "-k", dir, "-h", "127.0.0.1", "-p", port, "-c", "fsync=off")}
	if err := s.process.Start(); err != nil {
		t.Fatalf("start Postgres: %v", err)
	}
	t.Cleanup(s.stop)
	for deadline := time.Now().Add(patience); command(as, dir, bin+"/pg_isready", "-q", "-h", "127.0.0.1", "-p", port).Run() != nil; {
		if time.Now().After(deadline) {
			t.Fatal("Postgres does not answer")
		}
		time.Sleep(20 * time.Millisecond) // there is nothing to wait for but the answer
	}
	return s
}

func (s *Server) stop() {
	s.Resume()
	_ = s.process.Process.Signal(syscall.SIGQUIT) // at once
	_ = s.process.Wait()
}

// Pause stops the server and all that it does for its clients: they hear nothing, and their connections stay.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume lets the server go on.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

// signal goes to the server first, so that it makes no more processes, then to those that it has made.
func (s *Server) signal(sig syscall.Signal) {
	s.t.Helper()
	server := s.process.Process.Pid
	for _, pid := range append([]int{server}, children(server)...) {
		_ = syscall.Kill(pid, sig) // one may have ended by itself
	}
}

func children(parent int) (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, name := range stats {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		// The name of the program comes before, in parentheses, and may hold anything.
		fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(name)))
			pids = append(pids, pid)
		}
	}
	return pids
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

// unprivileged returns whom to run the server as, nil for oneself: it refuses to be run by root.
func unprivileged(t testing.TB, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		if err := os.Chown(dir, uid, gid); err != nil {
			t.Fatal(err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	}
	t.Skip("there is nobody to run Postgres as")
	return nil
}

func command(as *syscall.Credential, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	return cmd
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
