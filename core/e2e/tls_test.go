package e2e

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
)

// certify makes a certificate for 127.0.0.1 that is its own authority, and writes it and its key as PEM.
func certify(t *testing.T) (certFile, keyFile string, pool *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "sluice test"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	certText := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	writeFile(t, certFile, certText)
	writeFile(t, keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}))
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(certText)
	return certFile, keyFile, pool
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.WriteFile(name, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestTLS: clients and upstreams over TLS. An upstream whose certificate nobody vouches for gets nothing.
func TestTLS(t *testing.T) {
	t.Parallel()
	certFile, keyFile, pool := certify(t)
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		t.Fatal(err)
	}
	arrived, gone := make(chan struct{}, 1), make(chan time.Time, 1)
	up := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, formats[0].open+formats[0].piece("one"))
		http.NewResponseController(w).Flush()
		arrived <- struct{}{}
		<-r.Context().Done()
		gone <- time.Now()
	}))
	up.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	up.StartTLS()
	t.Cleanup(up.Close)
	stranger := httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)

	g := gateway.Start(t, gateway.Options{
		Config: fmt.Sprintf("model_list:\n  - model_name: m\n    litellm_params: {model: openai/m, api_base: %q, api_key: sk-secret-a}\n"+
			"  - model_name: stranger\n    litellm_params: {model: openai/m, api_base: %q, api_key: sk-secret-a}\n%s\n", up.URL, stranger.URL, noRetries),
		Args: []string{"--ssl_certfile_path", certFile, "--ssl_keyfile_path", keyFile},
		Env:  []string{"SSL_CERT_FILE=" + certFile}, Authorities: pool,
	})
	if !strings.HasPrefix(g.URL, "https://") {
		t.Fatalf("runs on %s", g.URL)
	}
	r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"stranger"`, 1))
	if e, ok := r.Error(); !ok || r.Status != 500 || !strings.Contains(e.Message, "Connection error.") {
		t.Errorf("an upstream with a strange certificate: %d %s", r.Status, r.Body)
	}
	s := g.Stream(chat, ask)
	if data, ok, err := s.Next(); !ok || err != nil || !strings.Contains(data, "chat.completion.chunk") {
		t.Fatalf("got %s, %v", data, err)
	}
	leaving(t, arrived, gone, s.Close)
}
