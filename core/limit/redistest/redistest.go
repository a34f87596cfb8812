// Package redistest starts a Redis server of the machine's own for tests.
package redistest

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Server is a Redis that only this test uses. It ends with the test.
type Server struct {
	Addr    string
	process *exec.Cmd
}

// Start starts a server that keeps nothing on disk. It skips the test when no Redis is installed.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: nothing was tried with Redis")
	}
	for range 5 {
		if s := start(t, program, freePort(t)); s != nil {
			return s
		}
	}
	t.Fatal("redis-server does not start")
	return nil
}

// start returns nil when somebody else took the port meanwhile.
func start(t testing.TB, program string, port int) *Server {
	t.Helper()
	c := exec.Command(program, "--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Ready to accept connections") {
			s := &Server{Addr: fmt.Sprintf("127.0.0.1:%d", port), process: c}
			t.Cleanup(s.kill)
			go func() {
				for lines.Scan() { // so that it never waits for a reader
				}
			}()
			return s
		}
	}
	c.Wait() // its exit says nothing that matters: it has not become ready
	return nil
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// Pause makes the server say nothing until Resume, as one that hangs.
func (s *Server) Pause() error { return s.process.Process.Signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (s *Server) Resume() error { return s.process.Process.Signal(syscall.SIGCONT) }

func (s *Server) kill() {
	s.process.Process.Kill()
	s.process.Wait() // killed: its exit is no news
}
