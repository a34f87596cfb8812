package upstream

import (
	"io"
	"math"
	"net"
	"strings"
	"testing"
	"time"
)

func TestLimitsNext(t *testing.T) {
	for _, tc := range []struct {
		name            string
		lim             limits
		at, armed, want int64
	}{
		{"none", limits{}, 100, 0, 0},
		{"none disarms", limits{}, 100, 500, 0},
		{"deadline only", limits{deadline: 900}, 100, 500, 900},
		{"idle", limits{idle: 160}, 100, 0, 270},
		{"idle kept while fresh", limits{idle: 160}, 105, 270, 270},
		{"idle kept to the last", limits{idle: 160}, 110, 270, 270},
		{"idle stale", limits{idle: 160}, 111, 270, 281},
		{"idle never too long", limits{idle: 160}, 100, 271, 270},
		{"deadline first", limits{deadline: 200, idle: 160}, 100, 270, 200},
		{"deadline within the slack", limits{deadline: 265, idle: 160}, 100, 0, 265},
		{"deadline within the slack, armed later", limits{deadline: 265, idle: 160}, 100, 270, 265},
		{"deadline later", limits{deadline: 2000, idle: 160}, 100, 0, 270},
	} {
		if got := tc.lim.next(tc.at, tc.armed); got != tc.want {
			t.Errorf("%s: %d, want %d", tc.name, got, tc.want)
		}
	}
}

// TestExtremeLimits: neither end of the range of time overflows into the other.
func TestExtremeLimits(t *testing.T) {
	s := serve(t, answer(hello))
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Idle, call.Deadline = math.MaxInt64, time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	mustFetch(t, c, call, "hello")
	call.Idle, call.Deadline = -1, time.Time{}
	mustFetch(t, c, call, "hello")
	call.Deadline = time.Unix(0, 0)
	_, _, err := fetch(c, call)
	wantError(t, err, ErrDeadline)
}

const (
	chunkedHead = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
	oneEvent    = chunkedHead + "9\r\ndata: a\n\n\r\n"
	short       = 30 * time.Millisecond
)

func TestStalls(t *testing.T) {
	for name, reply := range map[string]string{
		"silent": "", "in the head": "HTTP/1.1 200", "in the body": oneEvent, "in a line": oneEvent + "5\r\ndata:",
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, stall(reply))
			c := client(t, Options{})
			call := post(host(t, c, s.url), "")
			call.Idle = short
			_, _, err := fetch(c, call)
			wantError(t, err, ErrIdle)
			wantError(t, err, ErrTimeout)
			call.Idle, call.Deadline = time.Hour, time.Now().Add(short)
			_, _, err = fetch(c, call)
			wantError(t, err, ErrDeadline)
			call.Idle, call.Deadline = 0, time.Now().Add(short)
			_, _, err = fetch(c, call)
			wantError(t, err, ErrDeadline)
		})
	}
}

// drip sends start and then a byte at a time, each well within the idle limit, until the client leaves.
func drip(start, more string) func(*peer) {
	return func(p *peer) {
		p.request()
		_, err := io.WriteString(p, start)
		for err == nil {
			time.Sleep(short / 10)
			_, err = io.WriteString(p, more)
		}
	}
}

// TestDrippingHead: the head as a whole must come in time.
func TestDrippingHead(t *testing.T) {
	s := serve(t, drip("HTTP/1.1 200 OK\r\nA: ", "x"))
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Idle = short
	_, _, err := fetch(c, call)
	wantError(t, err, ErrIdle)
}

// TestDrippingBody: a body may take longer than Idle, but not longer than the deadline.
func TestDrippingBody(t *testing.T) {
	s := serve(t, drip(chunkedHead, "1\r\nx\r\n"))
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Idle, call.Deadline = 20*short, time.Now().Add(5*short)
	_, body, err := fetch(c, call)
	wantError(t, err, ErrDeadline)
	if !strings.HasPrefix(body, "xx") {
		t.Errorf("%q", body)
	}
}

// TestIdleIsPerRead: a body may take longer than Idle as long as it moves.
func TestIdleIsPerRead(t *testing.T) {
	s := serve(t, once(oneEvent+"0\r\n\r\n"))
	c := client(t, Options{})
	call := post(host(t, c, s.url), "")
	call.Idle = time.Hour
	var r Reply
	if err := c.Do(call, &r); err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	r.cn.readBy -= int64(call.Idle / 2)
	due := now() + int64(call.Idle)
	r.receive(r.cn.room())
	if r.cn.readBy < due {
		t.Errorf("the timer was left %v early", time.Duration(due-r.cn.readBy))
	}
}

// ageing is a connection whose every Write takes half an hour.
type ageing struct {
	net.Conn
	cn    *conn
	armed int
}

func (a *ageing) SetDeadline(time.Time) error {
	a.armed++
	return nil
}

func (a *ageing) Write(p []byte) (int, error) {
	a.cn.readBy -= int64(time.Hour / 2)
	return len(p), nil
}

// TestUploadInPieces: each piece of a large body has the idle time to itself.
func TestUploadInPieces(t *testing.T) {
	c := client(t, Options{})
	call := post(host(t, c, "http://a.example"), strings.Repeat("x", 4*writeSize))
	a := &ageing{}
	a.cn = newConn(call.Host.pool, a, a)
	if err := a.cn.begin(call, limits{idle: int64(time.Hour)}, now()); err != nil {
		t.Fatal(err)
	}
	if err := a.cn.send(call); err != nil {
		t.Fatal(err)
	}
	if a.armed != 1+3+1 { // at first, between four pieces, for the head
		t.Errorf("armed %d times", a.armed)
	}
}

// TestTimersDontOutliveTheirCall: a connection is used again after the timers of its last call have fired.
func TestTimersDontOutliveTheirCall(t *testing.T) {
	s := serve(t, answer(hello))
	c := client(t, Options{})
	h := host(t, c, s.url)
	call := post(h, "")
	call.Deadline = time.Now().Add(time.Hour)
	mustFetch(t, c, call, "hello")
	h.pool.idle[0].nc.SetDeadline(time.Now().Add(-time.Second))
	mustFetch(t, c, post(h, ""), "hello")
	call = post(h, "")
	call.Idle = time.Hour
	mustFetch(t, c, call, "hello")
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
}

// TestSlowUpload: the server doesn't read; the call ends all the same.
func TestSlowUpload(t *testing.T) {
	done := make(chan struct{})
	s := serve(t, func(*peer) { <-done })
	defer close(done)
	c := client(t, Options{})
	call := post(host(t, c, s.url), strings.Repeat("x", 64<<20))
	call.Idle = short
	_, _, err := fetch(c, call)
	wantError(t, err, ErrIdle)
}

func TestDialLimits(t *testing.T) {
	dialing := make(chan struct{})
	c := client(t, Options{DialTimeout: short, Dial: blackHole(dialing)})
	_, _, err := fetch(c, post(host(t, c, "http://a.example"), ""))
	wantError(t, err, ErrConnect)

	dialing = make(chan struct{})
	c = client(t, Options{Dial: blackHole(dialing)})
	call := post(host(t, c, "http://a.example"), "")
	call.Deadline = time.Now().Add(short)
	_, _, err = fetch(c, call)
	wantError(t, err, ErrDeadline)
	_, _, err = fetch(c, call)
	wantError(t, err, ErrDeadline)
}
