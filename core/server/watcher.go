package server

import (
	"sync"
	"time"
)

// watcher looks, a few times a second, whether clients that wait for an answer are still there. fasthttp notices only
// when it writes, which for a slow model is too late: the upstream would go on, and be paid for, for nobody.
type watcher struct {
	mu    sync.Mutex
	conns map[*conn]struct{}
	halt  chan struct{}
	once  sync.Once
	batch []*conn
}

// lookEvery is how long a client that left may go unnoticed.
const lookEvery = 250 * time.Millisecond

func newWatcher() *watcher {
	return &watcher{conns: map[*conn]struct{}{}, halt: make(chan struct{})}
}

func (w *watcher) add(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.conns[c] = struct{}{}
}

func (w *watcher) remove(c *conn) {
	w.mu.Lock()
	defer w.mu.Unlock()
	delete(w.conns, c)
}

func (w *watcher) start() {
	w.once.Do(func() { go w.run() })
}

func (w *watcher) stop() { close(w.halt) }

func (w *watcher) run() {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-w.halt:
			return
		case <-tick.C:
			w.look()
		}
	}
}

// look asks about all busy connections at once. The lock is held meanwhile: a connection that is closed waits for it,
// so every descriptor asked about is still the connection's own.
func (w *watcher) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.batch = w.batch[:0]
	for c := range w.conns {
		if c.fd >= 0 && c.busy.Load() {
			w.batch = append(w.batch, c)
		}
	}
	hungUp(w.batch, (*conn).left)
}
