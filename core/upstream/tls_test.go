package upstream

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"
)

// selfSigned makes a certificate for 127.0.0.1 and a pool that trusts it.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}

func serveTLS(t *testing.T, handle func(*peer)) (*server, *x509.CertPool) {
	t.Helper()
	cert, roots := selfSigned(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	secure := tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"h2", "http/1.1"}})
	return serveOn(t, secure, "https", handle), roots
}

func TestTLS(t *testing.T) {
	states := make(chan tls.ConnectionState, 9)
	s, roots := serveTLS(t, func(p *peer) {
		p.Conn.(*tls.Conn).Handshake()
		states <- p.Conn.(*tls.Conn).ConnectionState()
		answer(hello)(p)
	})
	config := &tls.Config{RootCAs: roots}
	c := client(t, Options{TLS: config})
	h := host(t, c, s.url)
	mustFetch(t, c, post(h, "one"), "hello")
	mustFetch(t, c, post(h, strings.Repeat("x", 100<<10)), "hello")
	h.pool.idle[0].idleSince -= 2 * freshEnough
	mustFetch(t, c, post(h, "three"), "hello")
	if n := s.conns.Load(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if st := <-states; st.NegotiatedProtocol != "http/1.1" {
		t.Errorf("negotiated %q", st.NegotiatedProtocol)
	}
	h.pool.evict(now() + 1)
	mustFetch(t, c, post(h, "four"), "hello")
	if st := <-states; !st.DidResume {
		t.Error("the second handshake did not resume the session")
	}
	if config.NextProtos != nil || config.ClientSessionCache != nil {
		t.Error("the caller's config was changed")
	}
}

func TestTLSStale(t *testing.T) {
	s, roots := serveTLS(t, once(hello))
	c := client(t, Options{TLS: &tls.Config{RootCAs: roots}})
	h := host(t, c, s.url)
	mustFetch(t, c, post(h, ""), "hello")
	mustFetch(t, c, post(h, ""), "hello")
	if n := s.conns.Load(); n != 2 {
		t.Errorf("%d connections", n)
	}
}

func TestTLSUntrusted(t *testing.T) {
	s, _ := serveTLS(t, func(p *peer) { p.request() })
	c := client(t, Options{})
	_, _, err := fetch(c, post(host(t, c, s.url), ""))
	wantError(t, err, ErrConnect)
}

func TestTLSToPlainServer(t *testing.T) {
	s := serve(t, func(p *peer) {
		io.WriteString(p, hello)
		io.Copy(io.Discard, p.r)
	})
	c := client(t, Options{})
	_, _, err := fetch(c, post(host(t, c, "https"+strings.TrimPrefix(s.url, "http")), ""))
	wantError(t, err, ErrConnect)
}

// TestTLSHandshakeStalls: the server accepts and never speaks.
func TestTLSHandshakeStalls(t *testing.T) {
	s := serve(t, stall(""))
	c := client(t, Options{DialTimeout: short})
	url := "https" + strings.TrimPrefix(s.url, "http")
	_, _, err := fetch(c, post(host(t, c, url), ""))
	wantError(t, err, ErrConnect)

	c = client(t, Options{})
	call := post(host(t, c, url), "")
	call.Cancel = new(Canceller)
	time.AfterFunc(short, func() { call.Cancel.Cancel(errLeft) })
	_, _, err = fetch(c, call)
	cancelled(t, err)
}
