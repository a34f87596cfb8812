package endpoint

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/auth"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/route"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// probe is provider's test guest, which passes everything on.
var probe = sync.OnceValues(func() (*host.Plugin, error) {
	ctx := context.Background()
	wasm, err := pack.Build(ctx, probeFolder)
	if err != nil {
		return nil, err
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	runtime, err := host.New(ctx, host.Options{CacheDir: filepath.Join(cache, "sluice", "compiled")})
	if err != nil {
		return nil, err
	}
	return runtime.Load(ctx, "probe", wasm, []byte(`{"vendors":[]}`), host.Grants{})
})

var probeFolder = filepath.Join("..", "provider", "testdata", "probe")

// streams returns what opens a stream of the given events, through a guest that passes everything on.
func streams(t *testing.T, events string) func() *stream {
	t.Helper()
	manifest, err := pack.ReadFolder(probeFolder)
	if err != nil {
		t.Fatal(err)
	}
	registry, err := provider.NewRegistry([]*hostabi.Manifest{manifest})
	if err != nil {
		t.Fatal(err)
	}
	up := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		io.WriteString(w, events)
	}))
	t.Cleanup(up.Close)
	client := upstream.New(upstream.Options{})
	t.Cleanup(client.Close)
	b := &provider.Builder{Registry: registry, Client: client, Plugin: func(string) (*host.Plugin, error) { return probe() },
		Getenv: func(string) (string, bool) { return "", false }}
	target, err := b.Build(provider.Spec{Model: "probe/m", APIKey: "k", APIBase: up.URL})
	if err != nil {
		t.Fatal(err)
	}
	d := &core.Deployment{ID: "d", Group: "chat", Model: "probe/m", Retries: 0}
	p := pipeline.New(client)
	p.Swap(&pipeline.State{Keys: auth.New("", ""), Builder: b, Table: route.NewTable([]*core.Deployment{d}, nil),
		Routes: map[*core.Deployment]*pipeline.Route{d: {Target: target}}})
	api := &API{Pipeline: p, Log: slog.New(slog.DiscardHandler)}
	return func() *stream {
		f := p.Begin(core.Chat, nil)
		if e := f.Scan([]byte(`{"model":"chat","stream":true}`)); e != nil {
			t.Fatal(e)
		}
		if e := f.Read(); e != nil {
			t.Fatal(e)
		}
		if e := f.Run(); e != nil {
			t.Fatal(e)
		}
		return &stream{api: api, flight: f}
	}
}

// readerOnly hides WriteTo.
type readerOnly struct{ io.Reader }

func TestReadAndWriteToAreEqual(t *testing.T) {
	for name, events := range map[string]string{
		"complete": "data: {\"n\":1}\n\ndata: {\"n\":2}\n\ndata: [DONE]\n\n",
		"broken":   "data: {\"n\":1}\n\ndata: {\"error\":{\"message\":\"late\"}}\n\n",
		"long":     strings.Repeat("data: {\"n\":\""+strings.Repeat("x", 5000)+"\"}\n\n", 20),
	} {
		open := streams(t, events)
		var written bytes.Buffer
		s := open()
		n, err := s.WriteTo(&written)
		if err != nil || n != int64(written.Len()) || s.Close() != nil {
			t.Errorf("%s: %d, %v", name, n, err)
		}
		s = open()
		read, err := io.ReadAll(readerOnly{s})
		if err != nil || s.Close() != nil || s.Close() != nil {
			t.Errorf("%s: %v", name, err)
		}
		if !bytes.Equal(read, written.Bytes()) {
			t.Errorf("%s:\nread    %.300s\nwritten %.300s", name, read, written.Bytes())
		}
		if ends := strings.HasSuffix(written.String(), "data: [DONE]\n\n"); ends == (name == "broken") {
			t.Errorf("%s: %s", name, written.String()[max(0, written.Len()-200):])
		}
	}
}

// gone is a client that leaves after the first write.
type gone struct{ writes int }

func (g *gone) Write(p []byte) (int, error) {
	if g.writes++; g.writes > 1 {
		return 0, errors.New("broken pipe")
	}
	return len(p), nil
}

func TestClientLeavesAStream(t *testing.T) {
	s := streams(t, strings.Repeat("data: {\"n\":\""+strings.Repeat("x", 20000)+"\"}\n\n", 20))()
	client := &gone{}
	if _, err := s.WriteTo(client); err == nil || client.writes != 2 {
		t.Errorf("%v after %d writes", err, client.writes)
	}
	if s.failed == nil || s.failed.Class != core.Cancelled {
		t.Errorf("noted as %v", s.failed)
	}
	s.Close()
}

func TestPanicInAStream(t *testing.T) {
	s := streams(t, "data: {\"n\":1}\n\n")()
	f := s.flight
	s.flight = nil
	var out bytes.Buffer
	if _, err := s.WriteTo(&out); err != nil {
		t.Error(err)
	}
	want := `data: {"error":{"message":"Internal Server Error","type":"None","param":"None","code":"500"}}` + "\n\n"
	if out.String() != want {
		t.Errorf("got %s", out.String())
	}
	f.End()
}
