package provider

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// probe is the guest of testdata/probe as the gateway runs it, built and loaded once.
var probe = sync.OnceValues(func() (*host.Plugin, error) {
	ctx := context.Background()
	wasm, err := pack.Build(ctx, filepath.Join("testdata", "probe"))
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

// bench is a call through the probe guest to an upstream of the test's own.
type bench struct {
	t        *testing.T
	builder  *Builder
	server   *httptest.Server
	call     *Call
	exchange core.Exchange
	spec     Spec
	key      string
	limits   Limits
	cancel   *upstream.Canceller
	doc      tape.Doc
}

func newBench(t *testing.T, upstreamHandler http.HandlerFunc) *bench {
	t.Helper()
	b := &bench{t: t, limits: Limits{Timeout: 20 * time.Second, Response: 1}}
	b.builder = dry(t, nil)
	b.builder.Plugin = func(string) (*host.Plugin, error) { return probe() }
	b.spec = Spec{Model: "probe/m", APIKey: "sk-secret-key", APIKeySet: true, APIBase: "http://127.0.0.1:1"}
	if upstreamHandler != nil {
		b.server = httptest.NewServer(upstreamHandler)
		t.Cleanup(b.server.Close)
		b.spec.APIBase = b.server.URL + "/v1"
	}
	b.call = NewCall(b.builder.Client)
	b.exchange = core.Exchange{Endpoint: core.Chat, Model: "group", CallID: "id-1"}
	t.Cleanup(b.call.End)
	return b
}

// do sends a request through the call; it may be used again and again.
func (b *bench) do(request string) *core.Error {
	b.t.Helper()
	target := build(b.t, b.builder, b.spec)
	if err := b.doc.Scan([]byte(request)); err != nil {
		b.t.Fatal(err)
	}
	return b.call.Do(target, &b.exchange, &b.doc, b.key, b.limits, b.cancel)
}

func (b *bench) mustDo(request string) {
	b.t.Helper()
	if e := b.do(request); e != nil {
		b.t.Fatal(e)
	}
}

// stream collects what the client of a stream gets.
func (b *bench) stream() (string, *core.Error) {
	var got []byte
	for {
		got = append(got, b.call.Output()...)
		b.call.Taken()
		if b.call.Finished() {
			return string(got), nil
		}
		if e := b.call.More(); e != nil {
			return string(append(got, b.call.Output()...)), e
		}
	}
}

func reply(status int, contentType, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for i := 0; i < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(status)
		w.Write([]byte(body))
	}
}

func sse(body string) http.HandlerFunc { return reply(200, "text/event-stream", body) }

// told is what the guest saw of an exchange it was asked to tell about.
type told struct {
	Attributes []string
	Flags      string
	Index      int `json:"vendor_index"`
}

func decode[T any](t *testing.T, text []byte) (v T) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}
