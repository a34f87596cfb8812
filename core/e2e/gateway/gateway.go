package gateway

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Options say how to run the gateway.
type Options struct {
	// Config is the text of config.yaml; "" starts without one.
	Config string
	// Args follow the harness's own flags, Env its environment, which holds nothing but what the process needs to run.
	Args, Env []string
	// Plain leaves out --config, --host and --port, for tests of what takes their place.
	Plain bool
	// Data is the folder that outlives the gateway; "" is one of its own.
	Data string
	// Authorities vouch for the gateway's certificate when it serves TLS.
	Authorities *x509.CertPool
}

// Gateway is a running binary.
type Gateway struct {
	URL string // http://127.0.0.1:PORT
	// Dir holds config.yaml.
	Dir string
	// Data holds keys and spend.
	Data string

	t             testing.TB
	cmd           *exec.Cmd
	log           *Log
	client, stats *http.Client
	done          chan struct{} // closed when the process ended
	crashed       bool
	err           error
}

// patience bounds every wait for the process. Several start at once, on machines that have not compiled the plugins yet.
const patience = 2 * time.Minute

// Start runs the binary and waits until it answers. When the test ends it is stopped and checked.
func Start(t testing.TB, o Options) *Gateway {
	t.Helper()
	g := Launch(t, o)
	g.listen()
	t.Cleanup(g.Stop)
	return g
}

// Launch runs the binary and waits for nothing.
func Launch(t testing.TB, o Options) *Gateway {
	t.Helper()
	g := &Gateway{t: t, Dir: t.TempDir(), log: newLog(), client: newClient(o.Authorities), stats: keepAlive(), done: make(chan struct{})}
	var args []string
	if g.Data = o.Data; g.Data == "" {
		g.Data = filepath.Join(g.Dir, "data")
	}
	if o.Config != "" {
		g.WriteConfig(o.Config)
	}
	if !o.Plain {
		args = append(args, "--host", "127.0.0.1", "--port", "0", "--data", g.Data, "--cache", cache())
		if o.Config != "" {
			args = append(args, "--config", g.ConfigPath())
		}
	}
	g.cmd = exec.Command(Binary(t), append(args, o.Args...)...)
	g.cmd.Dir = g.Dir
	g.cmd.Env = append(environment(), o.Env...)
	g.cmd.Stdout, g.cmd.Stderr = g.log, g.log
	if err := g.cmd.Start(); err != nil {
		t.Fatalf("start the gateway: %v", err)
	}
	go func() {
		g.err = g.cmd.Wait()
		close(g.done)
		g.log.close()
	}()
	t.Cleanup(g.kill)
	return g
}

// cache is a folder for compiled plugins that the tests share: compiling them takes seconds.
func cache() string {
	dir, err := os.UserCacheDir()
	if err != nil {
		dir = os.TempDir()
	}
	return filepath.Join(dir, "sluice", "e2e")
}

// Binary is the path of the built gateway: SLUICE_BIN, else bin/sluice of this checkout.
func Binary(t testing.TB) string {
	t.Helper()
	if path := os.Getenv("SLUICE_BIN"); path != "" {
		return path
	}
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir := root; dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		path := filepath.Join(dir, "bin", "sluice")
		if info, err := os.Stat(path); err == nil && !info.IsDir() {
			return path
		}
	}
	t.Fatal("bin/sluice is missing: run make build")
	return ""
}

// environment leaves out every credential of whoever runs the tests.
func environment() []string {
	env := []string{"SLUICE_RUNTIME_STATS=1"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "XDG_CACHE_HOME"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

var announced = regexp.MustCompile(`Sluice running on (https?://\S+)`)

// listen waits for the start-up line and for the first answer.
func (g *Gateway) listen() {
	g.t.Helper()
	line := g.log.wait(patience, func(text string) bool { return announced.MatchString(text) })
	m := announced.FindStringSubmatch(line)
	if m == nil {
		g.t.Fatalf("the gateway did not start:\n%s", g.log.String())
	}
	g.URL = m[1]
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, "GET", g.URL+"/health/liveliness", nil)
	if err != nil {
		g.t.Fatal(err)
	}
	res, err := g.client.Do(req)
	if err != nil {
		g.t.Fatalf("the gateway does not answer: %v\n%s", err, g.log.String())
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); res.StatusCode != 200 || !strings.Contains(string(body), "alive") {
		g.t.Fatalf("liveliness answered %d %s", res.StatusCode, body)
	}
}

// Addr is the host and port it listens on.
func (g *Gateway) Addr() string { return strings.TrimPrefix(g.URL, "http://") }

// Signal sends the process a signal.
func (g *Gateway) Signal(s os.Signal) {
	g.t.Helper()
	if err := g.cmd.Process.Signal(s); err != nil {
		g.t.Fatalf("signal the gateway: %v", err)
	}
}

// Wait waits for the process to end and returns its exit code.
func (g *Gateway) Wait() int {
	g.t.Helper()
	select {
	case <-g.done:
	case <-time.After(patience):
		g.t.Errorf("the gateway did not stop:\n%s", g.log.tail())
		g.kill()
	}
	var exit *exec.ExitError
	if errors.As(g.err, &exit) {
		return exit.ExitCode()
	}
	return 0
}

// Stop ends the process with SIGTERM; it must exit with 0 and must not have logged a secret.
func (g *Gateway) Stop() {
	g.t.Helper()
	g.stats.CloseIdleConnections()
	if g.crashed {
		return
	}
	select {
	case <-g.done:
	default:
		g.Signal(syscall.SIGTERM)
	}
	if code := g.Wait(); code != 0 {
		g.t.Errorf("the gateway exited with %d:\n%s", code, g.log.tail())
	}
	g.log.check(g.t)
}

// Crash ends the process with SIGKILL, in the middle of whatever it does.
func (g *Gateway) Crash() {
	g.t.Helper()
	g.crashed = true
	g.kill()
	g.log.check(g.t)
}

func (g *Gateway) kill() {
	select {
	case <-g.done:
	default:
		_ = g.cmd.Process.Kill()
		<-g.done
	}
}
