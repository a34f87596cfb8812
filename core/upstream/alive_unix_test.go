//go:build unix

package upstream

import (
	"io"
	"testing"
)

// TestProbe: a connection that rested long is looked at before use, so that nothing is sent into the void.
func TestProbe(t *testing.T) {
	for name, tc := range map[string]struct {
		after func(*peer)
		conns int64
	}{
		"closed":  {func(p *peer) { p.Close() }, 2},
		"unasked": {func(p *peer) { io.WriteString(p, "HTTP/1.1 408 Timeout\r\n\r\n") }, 2},
		"fine":    {func(*peer) {}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			ready := make(chan struct{}, 2)
			step := make(chan struct{})
			s := serve(t, func(p *peer) {
				for {
					if _, _, err := p.request(); err != nil {
						return
					}
					io.WriteString(p, hello)
					<-step
					tc.after(p)
					ready <- struct{}{}
				}
			})
			defer close(step)
			c := client(t, Options{})
			h := host(t, c, s.url)
			mustFetch(t, c, post(h, ""), "hello")
			step <- struct{}{}
			<-ready
			if tc.conns > 1 {
				waitReadable(h.pool.idle[0])
			}
			h.pool.idle[0].idleSince -= 2 * freshEnough
			mustFetch(t, c, post(h, ""), "hello")
			if n := s.conns.Load(); n != tc.conns {
				t.Errorf("%d connections, want %d", n, tc.conns)
			}
		})
	}
}

// waitReadable blocks until the kernel has something for the connection, without taking it.
func waitReadable(cn *conn) {
	asked := false
	cn.probe.socket.Read(func(fd uintptr) bool {
		cn.probe.look(fd)
		asked = !cn.probe.quiet
		return asked
	})
}
