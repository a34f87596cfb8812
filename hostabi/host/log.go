package host

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Limits of what an instance may log.
const (
	maxLogLine    = 4 << 10
	linesPerBurst = 100
	burst         = time.Second
)

// guestLog lets through a burst of lines a second, so that a chatty guest costs nothing but its own time, and puts
// together lines that are printed in pieces, as a Go panic is.
type guestLog struct {
	since   time.Time
	lines   int
	dropped int
	partial []byte
	tail    []byte // the end of what was printed: why the guest crashes, often
}

// admit reports whether a line may be logged now, and how many were dropped since the last one that was.
func (l *guestLog) admit(now time.Time) (ok bool, dropped int) {
	if now.Sub(l.since) > burst {
		l.since, l.lines = now, 0
	}
	if l.lines == linesPerBurst {
		l.dropped++
		return false, 0
	}
	l.lines++
	dropped, l.dropped = l.dropped, 0
	return true, dropped
}

// print takes output that need not end with a line.
func (l *guestLog) print(g *instance, text []byte) {
	l.keep(text)
	for len(text) > 0 {
		end := bytes.IndexByte(text, '\n')
		rest := text[end+1:]
		if end < 0 {
			end, rest = len(text), nil
		}
		room := maxLogLine - len(l.partial)
		l.partial = append(l.partial, text[:min(end, room)]...)
		if end < len(text) {
			l.flush(g)
		}
		text = rest
	}
}

// keep notes the end of what a guest prints.
func (l *guestLog) keep(text []byte) {
	text = text[max(0, len(text)-maxStack):]
	over := max(0, len(l.tail)+len(text)-maxStack)
	l.tail = append(append(l.tail[:0], l.tail[over:]...), text...)
}

func (l *guestLog) flush(g *instance) {
	if len(l.partial) > 0 {
		g.logText(int(slog.LevelWarn), l.partial)
		l.partial = l.partial[:0]
	}
}

func (g *instance) logLine(a args) {
	text, ok := g.view(a.u32(1), min(a.u32(2), maxLogLine))
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	level := min(max(int(a.i32(0)), int(slog.LevelDebug)), int(slog.LevelError))
	g.logText(level, text)
	a.ok(0)
}

func (g *instance) logText(level int, text []byte) {
	ok, dropped := g.log.admit(time.Now())
	if dropped > 0 {
		g.plugin.log(slog.LevelWarn, fmt.Sprintf("%d lines of this plugin were dropped", dropped))
	}
	if ok {
		line := strings.TrimRight(string(text), "\r\n")
		g.plugin.log(slog.Level(level), strings.ToValidUTF8(line, "\uFFFD"))
	}
}

// report logs a crash with its stack.
func (g *instance) report(err error) { g.plugin.log(slog.LevelError, err.Error()) }

func (p *Plugin) log(level slog.Level, text string) { p.runtime.opts.Log(p.Name, int(level), text) }
