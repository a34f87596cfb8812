// Package replaytest plays recorded traffic with real providers through plugins for OpenAI's protocol, and compares what
// comes out with a reading of the recorded replies by encoding/json.
package replaytest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// Recording is one recorded exchange with a provider.
type Recording struct {
	ID       string `json:"id"`
	Provider string `json:"provider"`
	Kind     string `json:"endpoint_kind"`
	Request  struct {
		URL  string          `json:"url"`
		Body json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

// text is the reply's body as it was on the wire.
func (r *Recording) text() string {
	var s string
	if json.Unmarshal(r.Response.Body, &s) == nil {
		return s
	}
	return string(r.Response.Body)
}

// Endpoint is the API that was called.
func (r *Recording) Endpoint() hostabi.Endpoint {
	switch {
	case strings.Contains(r.Request.URL, "/embeddings"):
		return hostabi.Embeddings
	case strings.Contains(r.Request.URL, "/moderations"):
		return hostabi.Moderations
	case strings.Contains(r.Request.URL, "/completions") && !strings.Contains(r.Request.URL, "/chat/completions"):
		return hostabi.Completions
	}
	return hostabi.Chat
}

// speaksOpenAI leaves out what was recorded of the same providers' other protocols.
func (r *Recording) speaksOpenAI() bool {
	if r.Provider == "writer" {
		return true
	}
	address, _, _ := strings.Cut(r.Request.URL, "?")
	for _, end := range []string{"/chat/completions", "/completions", "/embeddings", "/moderations"} {
		if strings.HasSuffix(address, end) {
			return true
		}
	}
	return false
}

// Recordings reads what is there of the kinds, all without any, by the plugin's vendors. vendorOf names the vendor that stands for a
// recorded provider where the names differ. The test is skipped where there is no recorded traffic.
func Recordings(t *testing.T, p *sdktest.Plugin, vendorOf map[string]string, kinds ...string) []*Recording {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "fixtures", "providers")
	if len(kinds) == 0 {
		kinds = []string{"chat", "chat_stream", "completions", "completions_stream", "embeddings", "moderations", "error"}
	}
	files, _ := filepath.Glob(filepath.Join(root, "*", "*.json"))
	if len(files) == 0 {
		t.Skip("no recorded traffic here")
	}
	var list []*Recording
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r := &Recording{}
		if err := json.Unmarshal(text, r); err != nil {
			t.Fatal(err)
		}
		if v := vendorOf[r.Provider]; v != "" {
			r.Provider = v
		}
		known := slices.ContainsFunc(p.Manifest.Vendors, func(v hostabi.Vendor) bool { return v.Name == r.Provider })
		if known && slices.Contains(kinds, r.Kind) && r.speaksOpenAI() {
			list = append(list, r)
		}
	}
	if len(list) == 0 {
		t.Fatalf("no Recordings of %s", kinds)
	}
	return list
}
