package gateway

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// SecretMark is part of every key that tests configure or send; it must never show up in a log.
const SecretMark = "sk-secret"

// Secret makes a key.
func Secret(name string) string { return SecretMark + "-" + name }

// Log is what the process printed.
type Log struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
	closed  bool
}

func newLog() *Log { return &Log{changed: make(chan struct{})} }

// Write takes output of the process.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.Write(p)
	l.wake()
	return len(p), nil
}

func (l *Log) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

func (l *Log) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	l.wake()
}

// String returns everything so far.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// tail is the end of it, as failures show it.
func (l *Log) tail() string {
	s := l.String()
	return s[max(0, len(s)-4096):]
}

// wait returns the text once it satisfies ok; at the latest after the time given, or when the process ended.
func (l *Log) wait(most time.Duration, ok func(text string) bool) string {
	deadline := time.After(most)
	for {
		l.mu.Lock()
		text, changed, closed := l.text.String(), l.changed, l.closed
		l.mu.Unlock()
		if ok(text) || closed {
			return text
		}
		select {
		case <-changed:
		case <-deadline:
			return text
		}
	}
}

func (l *Log) check(t testing.TB) {
	t.Helper()
	for line := range strings.Lines(l.String()) {
		if strings.Contains(line, SecretMark) {
			t.Errorf("a secret was logged: %s", line)
		}
	}
}

// Logged returns what the process printed so far.
func (g *Gateway) Logged() string { return g.log.String() }

// WaitLog waits until the process printed each of the texts after the first from bytes of its log, and returns what it
// printed since.
func (g *Gateway) WaitLog(from int, texts ...string) string {
	g.t.Helper()
	missing := func(log string) string {
		for _, want := range texts {
			if !strings.Contains(log[min(from, len(log)):], want) {
				return want
			}
		}
		return ""
	}
	log := g.log.wait(patience, func(log string) bool { return missing(log) == "" })
	if text := missing(log); text != "" {
		g.t.Fatalf("the log lacks %q:\n%s", text, log[min(from, len(log)):])
	}
	return log[from:]
}
