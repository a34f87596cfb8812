package host

import (
	"strings"
	"testing"
	"time"
)

func TestLogLimit(t *testing.T) {
	var l guestLog
	now := time.Now()
	admitted := 0
	for range 3 * linesPerBurst {
		if ok, _ := l.admit(now); ok {
			admitted++
		}
	}
	if admitted != linesPerBurst {
		t.Errorf("%d lines in a burst, want %d", admitted, linesPerBurst)
	}
	if ok, _ := l.admit(now.Add(burst)); ok {
		t.Error("the burst is not over, but a line goes through")
	}
	ok, dropped := l.admit(now.Add(burst + 1))
	if !ok || dropped != 2*linesPerBurst+1 {
		t.Errorf("%t, %d dropped, want %d", ok, dropped, 2*linesPerBurst+1)
	}
	if _, dropped := l.admit(now.Add(burst + 2)); dropped != 0 {
		t.Errorf("%d dropped, told twice", dropped)
	}
}

func TestLogTellsWhatWasDropped(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	g.log = guestLog{dropped: 7}
	g.logText(0, []byte("next"))
	if got := book.text(); got != "test 4 7 lines of this plugin were dropped\ntest 0 next" {
		t.Errorf("log has %q", got)
	}
}

func TestLogLines(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	for _, piece := range []string{"panic: ", "told to", "\n\n", "goroutine 1\n\tmain.go", "", "\r\n", "no end"} {
		g.log.print(g, []byte(piece))
	}
	g.log.flush(g)
	g.log.flush(g)
	if got, want := book.text(), "test 4 panic: told to\ntest 4 goroutine 1\ntest 4 \tmain.go\ntest 4 no end"; got != want {
		t.Errorf("log has %q, want %q", got, want)
	}
}

func TestLogLineIsCut(t *testing.T) {
	r, book := newRuntime(t, Options{Instances: 1})
	g, _ := handling(t, r)
	g.log.print(g, []byte(strings.Repeat("é", maxLogLine)+"\xff\nnext\n"))
	g.memory.WriteString(0, strings.Repeat("x", 2*maxLogLine))
	g.logLine(args{100, 0, 2 * maxLogLine})
	want := "test 4 " + strings.Repeat("é", maxLogLine/2) + "\ntest 4 next\ntest 8 " + strings.Repeat("x", maxLogLine)
	if got := book.text(); got != want {
		t.Errorf("log has %.80q of %d bytes", got, len(got))
	}
}
