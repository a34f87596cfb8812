package replay

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// stage is a gateway with one deployment for each recording, and the upstream that plays them.
type stage struct {
	*gateway.Gateway

	mu  sync.Mutex
	got map[string]mock.Request // the newest upstream request, by recording
}

// cutName is the model that answers with a recording byte by byte. It is as long as the recording's own, since the
// gateway estimates tokens by the length of the request.
func cutName(id string) string { return "~" + id[1:] }

func open(t *testing.T, list []*fixture) *stage {
	t.Helper()
	s := &stage{got: map[string]mock.Request{}}
	byName := map[string]*fixture{}
	for _, f := range list {
		byName[f.ID], byName[cutName(f.ID)] = f, f
	}
	up := mock.New(t, func(w http.ResponseWriter, r *http.Request, body string) {
		name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		f := byName[name]
		s.mu.Lock()
		s.got[f.ID] = mock.Request{Path: "/" + path, Header: r.Header, Body: body}
		s.mu.Unlock()
		if err := f.serve(w, name != f.ID); err != nil {
			t.Error(err)
		}
	})
	s.Gateway = gateway.Start(t, gateway.Options{Config: config(list, up.URL)})
	return s
}

func config(list []*fixture, upstream string) string {
	var b strings.Builder
	b.WriteString("model_list:\n")
	for _, f := range list {
		for _, name := range []string{f.ID, cutName(f.ID)} {
			fmt.Fprintf(&b, "  - model_name: %q\n    litellm_params: {model: %q, api_base: %q, api_key: %q",
				name, f.vendor()+"/"+f.model(), upstream+"/"+name, gateway.Secret("replay"))
			if f.Provider == "azure" {
				fmt.Fprintf(&b, ", api_version: %q", f.apiVersion())
			}
			b.WriteString("}\n")
		}
	}
	b.WriteString("router_settings: {num_retries: 0}\n")
	return b.String()
}

// sent is the newest upstream request for a recording.
func (s *stage) sent(id string) mock.Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got[id]
}
