package app

import (
	"log/slog"
	"sync"

	"github.com/sluice-gateway/sluice/hostabi/host"
)

// library holds the plugins in force, follows the plugins folder, and frees versions that nobody uses any more.
type library struct {
	runtime *host.Runtime
	dir     string
	log     *slog.Logger
	closing sync.WaitGroup

	mu       sync.Mutex
	current  *pluginSet
	seen     map[string]digest    // the folder's files at the last look
	rejected map[string]rejection // those of them that are not in force
	replaced map[*plugin]struct{} // loaded versions that still have exchanges
	closed   bool
}

// rejection says why a file of the plugins folder is not in force.
type rejection struct {
	sum digest
	why string
}

// newLibrary fails on any file in the folder that can't be taken: at the start there is no older version to go on with.
func newLibrary(r *host.Runtime, dir string, log *slog.Logger) (*library, error) {
	set, seen, err := firstPluginSet(r, dir)
	if err != nil {
		return nil, err
	}
	l := &library{runtime: r, dir: dir, log: log, seen: seen, replaced: map[*plugin]struct{}{}}
	l.swap(set)
	return l, nil
}

// set returns the plugins in force.
func (l *library) set() *pluginSet {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.current
}

// swap puts a set in force. The versions that it replaces are freed once no state holds them.
func (l *library) swap(s *pluginSet) {
	l.hold(s)
	l.mu.Lock()
	old := l.current
	l.current = s
	if old != nil {
		for name, p := range old.plugins {
			if s.plugins[name] != p && p.tried.Load() {
				l.replaced[p] = struct{}{}
			}
		}
	}
	l.mu.Unlock()
	if old != nil {
		l.release(old)
	}
}

// hold keeps a set's plugins until release.
func (l *library) hold(s *pluginSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range s.plugins {
		p.uses++
	}
}

// release ends what hold began. It never waits for a guest: plugins are closed in the background.
func (l *library) release(s *pluginSet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, p := range s.plugins {
		if p.uses--; p.uses == 0 && !l.closed {
			l.closing.Go(func() { l.free(p) })
		}
	}
}

func (l *library) free(p *plugin) {
	if err := p.close(); err != nil {
		l.log.Error("plugin not freed", "plugin", p.manifest.Name, "error", err.Error())
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.replaced, p)
}

// close waits for what is being freed. The rest is the runtime's to free.
func (l *library) close() {
	l.mu.Lock()
	l.closed = true
	l.mu.Unlock()
	l.closing.Wait()
}
