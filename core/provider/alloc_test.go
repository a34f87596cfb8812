//go:build !race

package provider

import (
	"net"
	"testing"
)

// A call whose documents are passed on as they are costs no allocation in steady state; more is a regression.
func TestDoAllocates(t *testing.T) {
	const ceiling = 0
	address := raw(t, func(c net.Conn) {
		answer := []byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}")
		request := make([]byte, 64<<10)
		for {
			if _, err := c.Write(answer); err != nil {
				return
			}
			if _, err := c.Read(request); err != nil {
				return
			}
		}
	})
	b := newBench(t, nil)
	b.spec.APIBase = address
	target := build(t, b.builder, b.spec)
	if err := b.doc.Scan([]byte(`{"model":"m","messages":[{"role":"user","content":"hi"}]}`)); err != nil {
		t.Fatal(err)
	}
	n := testing.AllocsPerRun(200, func() {
		if e := b.call.Do(target, &b.exchange, &b.doc, "", b.limits, nil); e != nil {
			t.Fatal(e)
		}
		b.call.End()
	})
	if n > ceiling {
		t.Errorf("%v allocations, at most %d", n, ceiling)
	}
}
