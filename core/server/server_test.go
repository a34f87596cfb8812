package server

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
	"github.com/valyala/fasthttp/fasthttputil"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/endpoint"
)

// bare is a server without a gateway behind it, enough for what needs none.
func bare(t *testing.T, log io.Writer) *Server {
	t.Helper()
	l := slog.New(slog.NewTextHandler(log, nil))
	return New(&endpoint.API{Log: l}, Options{Log: l, MaxRequest: func() core.SizeLimit { return 0 }})
}

// serve serves until the test ends, and returns a client whose connections all lead there.
func serve(t *testing.T, s *Server, certificate *tls.Config) *http.Client {
	t.Helper()
	l := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(l, certificate) }()
	c := &http.Client{Transport: &http.Transport{
		DialContext:     func(context.Context, string, string) (net.Conn, error) { return l.Dial() },
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true},
	}}
	t.Cleanup(func() {
		c.CloseIdleConnections()
		if err := s.Shutdown(10 * time.Second); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return c
}

func TestPanicIsAnswered(t *testing.T) {
	var log strings.Builder
	s := bare(t, &log)
	handler := s.handler(func(ctx *fasthttp.RequestCtx) *core.Error {
		ctx.SetBodyString("half an answer")
		panic("as asked")
	})
	s.http.Handler = handler
	c := serve(t, s, nil)
	for range 2 {
		r, err := c.Get("http://x/")
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(r.Body)
		want := `{"error":{"message":"Internal Server Error","type":"None","param":"None","code":"500"}}`
		if r.StatusCode != 500 || string(body) != want || r.Header.Get("Content-Type") != "application/json" {
			t.Errorf("%d %s", r.StatusCode, body)
		}
	}
	if !strings.Contains(log.String(), "as asked") || !strings.Contains(log.String(), "server_test.go") {
		t.Errorf("log: %s", log.String())
	}
}

func TestErrorsSayWhenToTryAgain(t *testing.T) {
	s := bare(t, io.Discard)
	for wait, want := range map[time.Duration]string{0: "", time.Millisecond: "1", 90 * time.Second: "90"} {
		var ctx fasthttp.RequestCtx
		s.handler(func(*fasthttp.RequestCtx) *core.Error {
			return &core.Error{Class: core.ServiceUnavailable, RetryAfter: wait}
		})(&ctx)
		if got := string(ctx.Response.Header.Peek("retry-after")); got != want {
			t.Errorf("%s: %q", wait, got)
		}
	}
}

// certificate makes one that only this test trusts.
func certificate(t *testing.T) *tls.Config {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func TestTLS(t *testing.T) {
	c := serve(t, bare(t, io.Discard), certificate(t))
	r, err := c.Get("https://x/health/liveliness")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if body, _ := io.ReadAll(r.Body); string(body) != `"I'm alive!"` {
		t.Errorf("got %s", body)
	}
	if _, err := c.Get("http://x/health/liveliness"); err == nil {
		t.Error("it speaks plain HTTP too")
	}
}

func TestConnectionBeneathTLS(t *testing.T) {
	s := bare(t, io.Discard)
	found := make(chan bool, 1)
	s.http.Handler = func(ctx *fasthttp.RequestCtx) { found <- canceller(ctx) != nil }
	c := serve(t, s, certificate(t))
	if _, err := c.Get("https://x/"); err != nil {
		t.Fatal(err)
	}
	if !<-found {
		t.Error("a client that leaves would not be noticed")
	}
	if canceller(&fasthttp.RequestCtx{}) != nil {
		t.Error("a canceller from nowhere")
	}
	adopt(&fasthttp.RequestCtx{}, nil)()
}

func TestShutdown(t *testing.T) {
	s := bare(t, io.Discard)
	begun, finish := make(chan struct{}), make(chan struct{})
	s.http.Handler = func(ctx *fasthttp.RequestCtx) {
		close(begun)
		<-finish
		ctx.SetBodyString("late")
	}
	l := fasthttputil.NewInmemoryListener()
	served := make(chan error, 1)
	go func() { served <- s.Serve(l, nil) }()
	answered := make(chan string)
	go func() {
		c, err := l.Dial()
		if err != nil {
			t.Error(err)
		}
		io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		answer, _ := io.ReadAll(c)
		answered <- string(answer)
	}()
	<-begun
	stopped := make(chan error)
	go func() { stopped <- s.Shutdown(time.Minute) }()
	if err := <-served; err != nil {
		t.Error(err)
	}
	close(finish)
	if answer := <-answered; !strings.HasSuffix(answer, "late") {
		t.Errorf("the request under way got %q", answer)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestShutdownLosesPatience(t *testing.T) {
	s := bare(t, io.Discard)
	begun, finish := make(chan struct{}), make(chan struct{})
	s.http.Handler = func(*fasthttp.RequestCtx) {
		close(begun)
		<-finish
	}
	l := fasthttputil.NewInmemoryListener()
	go s.Serve(l, nil)
	c, err := l.Dial()
	if err != nil {
		t.Fatal(err)
	}
	io.WriteString(c, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	<-begun
	if err := s.Shutdown(time.Millisecond); err == nil || err.Error() != "requests were still under way" {
		t.Errorf("got %v", err)
	}
	close(finish)
	c.Close()
}
