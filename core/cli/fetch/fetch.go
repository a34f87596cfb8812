// Package fetch gets plugins from where their authors publish them: files, web servers and OCI registries.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core/trust"
)

// Plugin is what was fetched. Nothing of it has been judged.
type Plugin struct {
	Wasm      []byte
	Signature []byte // nil = there was none
	Source    string // where it came from, without credentials
}

// Bounds of what is fetched.
const (
	maxModule    = 64 << 20
	maxSignature = 16 << 10
	patience     = 5 * time.Minute
)

// Get fetches from a path, https://…, http://… of this machine, or oci://host/repository:tag (or @digest). A signature
// is what lies beside it under the same name and .minisig, or in the artifact.
func Get(ctx context.Context, from string) (*Plugin, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var p *Plugin
	var err error
	switch scheme, rest, found := strings.Cut(from, "://"); {
	case found && scheme == "oci":
		p, err = fromRegistry(ctx, rest)
	case found && (scheme == "https" || scheme == "http"):
		p, err = fromWeb(ctx, from)
	case found:
		err = fmt.Errorf("%s:// is not a way to fetch a plugin: use a path, https:// or oci://", scheme)
	default:
		p, err = fromFile(from)
	}
	if err != nil {
		return nil, fmt.Errorf("fetch plugin: %w", err)
	}
	return p, nil
}

func fromFile(path string) (*Plugin, error) {
	wasm, err := readFile(path, maxModule)
	if err != nil {
		return nil, err
	}
	signature, err := readFile(path+trust.SignatureSuffix, maxSignature)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &Plugin{wasm, signature, "file:" + filepath.Base(path)}, nil
}

func readFile(path string, most int) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return bounded(f, most)
}

// bounded reads to the end, which must come in time.
func bounded(r io.Reader, most int) ([]byte, error) {
	all, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err != nil {
		return nil, err
	}
	if len(all) > most {
		return nil, fmt.Errorf("more than %d bytes", most)
	}
	return all, nil
}

// client reaches https anywhere, and http on this machine only: nobody on the way may exchange what is fetched.
func client() *http.Client {
	return &http.Client{Transport: safe{&http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   30 * time.Second,
		ResponseHeaderTimeout: time.Minute,
		DisableKeepAlives:     true, // few requests, then the command ends
	}}}
}

// safe sees every request, those of redirects and of token servers included.
type safe struct{ *http.Transport }

func (s safe) RoundTrip(r *http.Request) (*http.Response, error) {
	if host := r.URL.Hostname(); r.URL.Scheme != "https" && (r.URL.Scheme != "http" || !loopback(host)) {
		return nil, fmt.Errorf("%s:// to %s is not safe: only https, or http on this machine", r.URL.Scheme, host)
	}
	return s.Transport.RoundTrip(r)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
