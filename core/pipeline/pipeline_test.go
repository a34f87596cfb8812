package pipeline

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// guest is provider's probe, which passes everything on.
var guest = sync.OnceValues(func() (*host.Plugin, error) {
	ctx := context.Background()
	wasm, err := pack.Build(ctx, probeFolder)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	r, err := host.New(ctx, host.Options{CacheDir: filepath.Join(cache, "sluice", "compiled")})
	if err != nil {
		return nil, err
	}
	return r.Load(ctx, "probe", wasm, []byte(`{"vendors":[]}`), host.Grants{})
})

var probeFolder = filepath.Join("..", "provider", "testdata", "probe")

// bench is a pipeline whose deployments the test names.
type bench struct {
	t        *testing.T
	pipeline *Pipeline
	state    *State
	upstream *httptest.Server
	list     []*core.Deployment
	aliases  []route.Alias
}

func newBench(t *testing.T, h http.HandlerFunc) *bench {
	t.Helper()
	m, err := pack.ReadFolder(probeFolder)
	if err != nil {
		t.Fatal(err)
	}
	r, err := provider.NewRegistry([]*hostabi.Manifest{m})
	if err != nil {
		t.Fatal(err)
	}
	client := upstream.New(upstream.Options{})
	t.Cleanup(client.Close)
	b := &bench{t: t, pipeline: New(client)}
	b.state = &State{Keys: auth.New("", ""), Routes: map[*core.Deployment]*Route{}, Builder: &provider.Builder{
		Registry: r, Client: client, Plugin: func(string) (*host.Plugin, error) { return guest() },
		Getenv: func(string) (string, bool) { return "", false },
	}}
	if h != nil {
		b.upstream = httptest.NewServer(h)
		t.Cleanup(b.upstream.Close)
	}
	b.use()
	return b
}

// add adds a deployment whose requests go to the path /ID of the upstream.
func (b *bench) add(d core.Deployment) *core.Deployment {
	b.t.Helper()
	spec := provider.Spec{Model: d.Model, APIKey: "k", APIBase: "http://127.0.0.1:1"}
	if b.upstream != nil {
		spec.APIBase = b.upstream.URL + "/" + d.ID
	}
	if d.Retries == 0 {
		d.Retries = -1
	}
	r := &Route{Spec: spec}
	b.state.Routes[&d] = r
	b.list = append(b.list, &d)
	if !strings.Contains(d.Model, "*") {
		var err error
		if r.Target, err = b.state.Builder.Build(spec); err != nil {
			b.t.Fatal(err)
		}
	}
	b.use()
	return &d
}

func (b *bench) use() {
	b.state.Table = route.NewTable(b.list, b.aliases)
	b.pipeline.Swap(b.state)
}

// begin starts an exchange and reads its body.
func (b *bench) begin(endpoint core.Endpoint, body string) *Flight {
	b.t.Helper()
	f := b.pipeline.Begin(endpoint, nil)
	f.Route = "/chat/completions"
	b.t.Cleanup(func() {
		if f.State != nil { // the test has not ended it
			f.End()
		}
	})
	if e := f.Scan([]byte(body)); e != nil {
		b.t.Fatal(e)
	}
	if e := f.Read(); e != nil {
		b.t.Fatal(e)
	}
	return f
}

// echo answers with what it was sent: the deployment's id and the body.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, `{"path":"`+r.URL.Path+`","body":`+string(body)+`}`)
}
