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

	mu    sync.Mutex
	paths map[string]string // of the newest upstream request, by recording
}

// cutSuffix on a recording's name asks for its reply byte by byte.
const cutSuffix = "~cut"

func open(t *testing.T, list []*fixture) *stage {
	t.Helper()
	s := &stage{paths: map[string]string{}}
	byID := map[string]*fixture{}
	for _, f := range list {
		byID[f.ID] = f
	}
	up := mock.New(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		name, path, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		id, cut := strings.CutSuffix(name, cutSuffix)
		s.mu.Lock()
		s.paths[id] = "/" + path
		s.mu.Unlock()
		if err := byID[id].serve(w, cut); err != nil {
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
		for _, suffix := range []string{"", cutSuffix} {
			fmt.Fprintf(&b, "  - model_name: %q\n    litellm_params: {model: %q, api_base: %q, api_key: %q",
				f.ID+suffix, f.vendor()+"/"+f.model(), upstream+"/"+f.ID+suffix, gateway.Secret("replay"))
			if f.Provider == "azure" {
				fmt.Fprintf(&b, ", api_version: %q", f.apiVersion())
			}
			b.WriteString("}\n")
		}
	}
	b.WriteString("router_settings: {num_retries: 0}\n")
	return b.String()
}

// path is where the newest request for a recording went.
func (s *stage) path(id string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.paths[id]
}
