package host

import (
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Fetch is one HTTP call of a guest's. What the guest said is checked for its syntax only: what may be sent, and where to,
// is for Context.Fetch to decide.
type Fetch struct {
	Upstream string // one of those granted
	Method   string
	Path     string // path and query after the upstream's URL: "" or begins with /
	Header   [][2]string
	Body     []byte        // valid until Context.Fetch returns
	Timeout  time.Duration // 0 = the upstream's own, which is also the most
	MaxBytes int           // of the reply's body; 0 = the upstream's own, which is also the most

	// Context.Fetch fills in either Status and Reply or Error. Reply must stay as it is until Context.Close.
	Status int
	Error  hostabi.CallError
	Reply  []byte

	mu     sync.Mutex
	ended  bool // nobody wants the reply any more, or there is one
	finish func()
}

// OnAbort gives Context.Fetch a way to be told that nobody wants the reply any more: abort is then called, once, from
// another goroutine and maybe at once, and not after Context.Fetch returned. It must not block. Without it the call takes
// its time, and Context.Close waits for it.
func (f *Fetch) OnAbort(abort func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		abort()
		return
	}
	f.finish = abort
}

// abort tells Context.Fetch that nobody wants the reply any more.
func (f *Fetch) abort() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended = true
	if f.finish != nil {
		f.finish()
		f.finish = nil
	}
}

// done keeps abort from being called when the call is over.
func (f *Fetch) done() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ended, f.finish = true, nil
}

// run carries the call out.
func (f *Fetch) run(p *Plugin, fetch func(*Fetch)) {
	defer f.done()
	defer func() {
		if e := recover(); e != nil {
			f.Status, f.Error, f.Reply = 0, hostabi.CallFailed, nil
			p.log(slog.LevelError, fmt.Sprintf("call to %s: panic: %v\n%s", f.Upstream, e, debug.Stack()))
		}
	}()
	if fetch == nil {
		f.Error = hostabi.CallRefused
		return
	}
	if fetch(f); f.Status == 0 && f.Error == 0 {
		f.Error = hostabi.CallFailed
	}
}
