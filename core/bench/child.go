package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// stopGrace is how long a child may take to end by itself.
const stopGrace = 5 * time.Second

// child is a process of the runner's that serves on addr.
type child struct {
	name   string
	addr   string
	log    string // path of what it printed
	cmd    *exec.Cmd
	exited chan struct{} // closed once the process was waited for
}

// childEnv hides the caller's environment, whose keys, databases and proxies would change what a gateway does.
func childEnv(dir string) []string {
	env := []string{"HOME=" + dir, "TMPDIR=" + dir, runtimeStatsEnv}
	for _, name := range []string{"PATH", "GOMAXPROCS", "GOGC", "GOMEMLIMIT", "GODEBUG"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// command prepares a process that works and logs in a new folder under dir and is asked to end when ctx does.
func command(ctx context.Context, dir, name string, argv ...string) (*exec.Cmd, error) {
	dir, err := os.MkdirTemp(dir, name+"-")
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, name+".log"))
	if err != nil {
		return nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Dir, cmd.Env = dir, childEnv(dir)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopGrace
	return cmd, nil
}

func startChild(name string, cmd *exec.Cmd) (*child, error) {
	c := &child{name: name, log: filepath.Join(cmd.Dir, name+".log"), cmd: cmd, exited: make(chan struct{})}
	err := cmd.Start()
	if log, ok := cmd.Stderr.(*os.File); ok {
		log.Close() // the process has its own descriptor
	}
	if err != nil {
		return nil, fmt.Errorf("starting %s: %w", name, err)
	}
	return c, nil
}

// reap must run once per started child, after the last read from its pipes.
func (c *child) reap() {
	_ = c.cmd.Wait() // how it ended is told by its log
	close(c.exited)
}

// startRole starts this program as mock or bare and learns the address from its first line.
func startRole(ctx context.Context, dir, role string, args ...string) (*child, error) {
	exe, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd, err := command(ctx, dir, role, append([]string{exe, role}, args...)...)
	if err != nil {
		return nil, err
	}
	cmd.Stdout = nil
	// The child ends when its end of this pipe closes, even if this process is killed.
	if _, err := cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c, err := startChild(role, cmd)
	if err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	go c.reap()
	if err != nil {
		c.stop()
		return nil, fmt.Errorf("%s ended at once: %s", role, c.logTail())
	}
	c.addr = strings.TrimSpace(line)
	return c, nil
}

func (c *child) pid() int { return c.cmd.Process.Pid }

// stop ends the child, by force if it takes longer than stopGrace.
func (c *child) stop() {
	if err := c.cmd.Process.Signal(syscall.SIGTERM); errors.Is(err, os.ErrProcessDone) {
		<-c.exited
		return
	}
	select {
	case <-c.exited:
	case <-time.After(stopGrace):
		_ = c.cmd.Process.Kill() // it may have ended since
		<-c.exited
	}
}

// logTail returns the last lines that the child printed.
func (c *child) logTail() string {
	f, err := os.Open(c.log)
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	const most = 2000
	if info, err := f.Stat(); err == nil && info.Size() > most {
		_, _ = f.Seek(-most, io.SeekEnd) // from the start will do as well
	}
	b, _ := io.ReadAll(io.LimitReader(f, most))
	return strings.TrimSpace(string(b))
}
