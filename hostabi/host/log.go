package host

import (
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Limits of what a plugin may log.
const (
	maxLogLine    = 4 << 10
	linesPerBurst = 100
	burst         = time.Second
)

// logLimiter lets through a burst of lines a second, so that a chatty guest costs nothing but its own time.
type logLimiter struct {
	since   time.Time
	lines   int
	dropped int
}

func (l *logLimiter) admit(now time.Time) bool {
	if now.Sub(l.since) > burst {
		l.since, l.lines = now, 0
	}
	l.lines++
	if l.lines > linesPerBurst {
		l.dropped++
		return false
	}
	return true
}

func (g *instance) logLine(a args) {
	text := g.view(a.u32(1), min(a.u32(2), maxLogLine))
	if text == nil {
		a.err(hostabi.ErrnoRange)
		return
	}
	g.print(int(a.i32(0)), text)
	a.ok(0)
}

func (g *instance) print(level int, text []byte) {
	if !g.log.admit(time.Now()) {
		return
	}
	g.plugin.runtime.opts.Log(g.plugin.Name, level, strings.TrimRight(string(text), "\n"))
}
