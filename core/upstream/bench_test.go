//go:build unix && !race

package upstream

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

// The benchmarks' server is a process of its own, so that cpu-µs/op is what the client side costs.
const serverEnv = "UPSTREAM_BENCH_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(serverEnv) != "" {
		benchServer()
		return
	}
	os.Exit(m.Run())
}

// benchServer prints its address and serves until its input ends.
func benchServer() {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString(l.Addr().String() + "\n")
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go serveBench(&peer{c, bufio.NewReader(c)})
		}
	}()
	io.Copy(io.Discard, os.Stdin)
}

// serveBench sends the events of a stream one by one, as a model makes them.
func serveBench(p *peer) {
	head, events, _ := strings.Cut(stream(), "\r\n\r\n")
	pieces := strings.SplitAfter(events, "\n\n\r\n")
	for {
		request, _, err := p.request()
		if err != nil {
			return
		}
		if !strings.Contains(request, "/stream") {
			io.WriteString(p, kilobyte())
			continue
		}
		io.WriteString(p, head+"\r\n\r\n")
		for _, piece := range pieces {
			if !strings.Contains(request, "/stream/burst") {
				time.Sleep(200 * time.Microsecond)
			}
			io.WriteString(p, piece)
		}
	}
}

func startBench(b *testing.B) string {
	b.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serverEnv+"=1")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	addr, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(addr)
}

// measure runs one call after another in many goroutines and reports the processor time of each.
func measure(b *testing.B, worker func() (call func() (int, error))) {
	b.Helper()
	b.ReportAllocs()
	b.SetParallelism(16)
	var read atomic.Int64
	before := cpu()
	b.RunParallel(func(pb *testing.PB) {
		call := worker()
		for pb.Next() {
			n, err := call()
			if err != nil {
				b.Error(err)
				return
			}
			read.Add(int64(n))
		}
	})
	b.ReportMetric(float64((cpu()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(read.Load())/float64(b.N), "B-read/op")
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func BenchmarkBody(b *testing.B) {
	addr := startBench(b)
	b.Run("upstream", func(b *testing.B) { benchUpstream(b, addr, "/", readWhole) })
	b.Run("fasthttp", func(b *testing.B) {
		benchFasthttp(b, addr, "/", func(r *fasthttp.Response, _ []byte) (int, error) { return len(r.Body()), nil })
	})
}

func BenchmarkStream(b *testing.B) {
	addr := startBench(b)
	for _, path := range []string{"/stream", "/stream/burst"} {
		b.Run("upstream"+path, func(b *testing.B) { benchUpstream(b, addr, path, readStream) })
		b.Run("fasthttp"+path, func(b *testing.B) { benchFasthttp(b, addr, path, relayStream) })
		b.Run("raw"+path, func(b *testing.B) { benchRaw(b, addr, path) })
	}
}

func benchUpstream(b *testing.B, addr, path string, read func(*Reply, []byte) ([]byte, error)) {
	c := client(b, Options{})
	h := host(b, c, "http://"+addr)
	measure(b, func() func() (int, error) {
		call := post(h, strings.Repeat("x", 1024))
		call.Path = []byte(path)
		call.Idle, call.Cancel = time.Minute, new(Canceller)
		var r Reply
		buf := make([]byte, 0, 64<<10)
		return func() (int, error) {
			out, err := round(c, call, &r, buf[:0], read)
			return len(out), err
		}
	})
}

func benchFasthttp(b *testing.B, addr, path string, read func(*fasthttp.Response, []byte) (int, error)) {
	c := fasthttp.HostClient{Addr: addr, StreamResponseBody: path != "/", ReadTimeout: time.Minute, WriteTimeout: time.Minute}
	defer c.CloseIdleConnections()
	measure(b, func() func() (int, error) {
		body, buf := []byte(strings.Repeat("x", 1024)), make([]byte, 4096)
		req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
		return func() (int, error) {
			req.SetRequestURI("http://" + addr + path)
			req.Header.SetMethod("POST")
			req.SetBodyRaw(body)
			if err := c.Do(req, resp); err != nil {
				return 0, err
			}
			return read(resp, buf)
		}
	})
}

// relayStream only takes the bytes; cutting them into events would come on top.
func relayStream(r *fasthttp.Response, buf []byte) (n int, err error) {
	stream := r.BodyStream()
	for err == nil {
		var k int
		k, err = stream.Read(buf)
		n += k
	}
	if err == io.EOF {
		err = nil
	}
	r.CloseBodyStream()
	return n, err
}

// benchRaw is the floor: one Write and as many Reads as it takes to see the last chunk.
func benchRaw(b *testing.B, addr, path string) {
	request := []byte("POST " + path + " HTTP/1.1\r\nContent-Length: 1024\r\n\r\n" + strings.Repeat("x", 1024))
	last := []byte("0\r\n\r\n")
	measure(b, func() func() (int, error) {
		c, err := net.Dial("tcp", addr)
		buf := make([]byte, 4096)
		return func() (n int, _ error) {
			if err != nil {
				return 0, err
			}
			c.Write(request)
			for {
				k, err := c.Read(buf)
				n += k
				if err != nil || bytes.HasSuffix(buf[:k], last) {
					return n, err
				}
			}
		}
	})
}
