package docs

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
)

// shell is a reader of the documentation who types its commands, all of a page into the same shell.
type shell struct {
	t      *testing.T
	dir    string
	in     io.Writer
	out    *os.File // of the commands
	status *bufio.Reader
	end    *time.Timer
	read   int64 // bytes of out
}

// patience is how long the commands of a block may take: the go command compiles in some.
const patience = 4 * time.Minute

// open starts a shell in a folder of its own. When the test ends, so does everything that was started in it.
func open(t *testing.T) *shell {
	t.Helper()
	dir := t.TempDir()
	out, err := os.Create(filepath.Join(dir, "output"))
	if err != nil {
		t.Fatal(err)
	}
	status, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command("bash", "--noprofile", "--norc", "-e")
	c.Dir = filepath.Join(dir, "home")
	if err := os.Mkdir(c.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	c.Env, c.Stdout, c.Stderr, c.ExtraFiles = environment(t, dir), out, out, []*os.File{write}
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	in, err := c.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	write.Close()
	kill := func() { syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	t.Cleanup(func() {
		kill()
		c.Wait()
		status.Close()
		out.Close()
	})
	return &shell{t: t, dir: c.Dir, in: in, out: out, status: bufio.NewReader(status), end: time.AfterFunc(patience, kill)}
}

// environment is that of somebody who has bash, Go and the gateway, and no network.
func environment(t *testing.T, dir string) []string {
	bin := filepath.Join(dir, "bin")
	if err := os.Mkdir(bin, 0o755); err != nil {
		t.Fatal(err)
	}
	binary, err := filepath.Abs(gateway.Binary(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(binary, filepath.Join(bin, "sluice")); err != nil {
		t.Fatal(err)
	}
	env := []string{"PATH=" + bin + string(os.PathListSeparator) + os.Getenv("PATH"), "GOPROXY=off", "GOTOOLCHAIN=local", "GOWORK=off",
		"TMPDIR=" + dir, "SLUICE_DATA=" + filepath.Join(dir, "data")}
	if cache, err := os.UserCacheDir(); err == nil {
		env = append(env, "SLUICE_CACHE="+filepath.Join(cache, "sluice", "e2e")) // as other tests
	}
	for _, name := range []string{"HOME", "GOCACHE", "GOMODCACHE", "GOPATH", "XDG_CACHE_HOME"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// put replaces a file of the reader's.
func (s *shell) put(file, text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, file), []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// run types the commands of a block and returns what they print, with ok = false when one of them fails. With fails they
// are tried, and a failure ends nothing.
func (s *shell) run(commands string, fails bool) (output string, ok bool) {
	s.t.Helper()
	s.end.Reset(patience)
	file := filepath.Join(s.t.TempDir(), "block")
	if err := os.WriteFile(file, []byte(commands), 0o600); err != nil {
		s.t.Fatal(err)
	}
	line := fmt.Sprintf(". %s < /dev/null 3>&-\necho 0 >&3\n", file)
	if fails {
		line = fmt.Sprintf("set +e\n. %s < /dev/null 3>&-\necho $? >&3\nset -e\n", file)
	}
	io.WriteString(s.in, line)
	code, err := s.status.ReadString('\n')
	s.end.Stop()
	text, _ := os.ReadFile(s.out.Name())
	output, s.read = string(text[s.read:]), int64(len(text))
	return output, err == nil && code == "0\n"
}

// freePort finds a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := strings.Cut(l.Addr().String(), ":")
	return port
}
