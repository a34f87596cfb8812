// Package replay sends recorded answers of vendors through the gateway and compares what comes out with what the vendor
// said. The recordings are not part of this repository; without them its tests are skipped.
package replay

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture is one recorded exchange.
type fixture struct {
	ID       string   `json:"id"`
	Provider string   `json:"provider"`
	Kind     string   `json:"endpoint_kind"`
	Features []string `json:"features"`
	Request  struct {
		URL  string          `json:"url"`
		Body json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    json.RawMessage   `json:"body"`
		Base64  string            `json:"body_base64"`
	} `json:"response"`
}

// load reads every recording; it skips the test when there are none.
func load(t *testing.T) []*fixture {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(recordings(), "*", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Skip("no recorded provider traffic beside this checkout (../shared/fixtures/providers)")
	}
	var list []*fixture
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		f := &fixture{}
		if err := json.Unmarshal(text, f); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		list = append(list, f)
	}
	return list
}

// recordings is the folder ../shared/fixtures/providers relative to the repository's root.
func recordings() string {
	return filepath.Join("..", "..", "..", "..", "shared", "fixtures", "providers")
}

// wire is the reply's body as it stood on the wire.
func (f *fixture) wire() ([]byte, error) {
	if f.Response.Base64 != "" {
		return base64.StdEncoding.DecodeString(f.Response.Base64)
	}
	var text string
	if json.Unmarshal(f.Response.Body, &text) == nil {
		return []byte(text), nil
	}
	return f.Response.Body, nil
}

// path is what follows the host in the recorded URL.
func (f *fixture) path() string {
	_, rest, _ := strings.Cut(f.Request.URL, "://")
	_, path, _ := strings.Cut(rest, "/")
	path, _, _ = strings.Cut(path, "?")
	return "/" + path
}

// serve answers as the vendor did. With cut, each byte is sent by itself.
func (f *fixture) serve(w http.ResponseWriter, cut bool) error {
	body, err := f.wire()
	if err != nil {
		return fmt.Errorf("%s: %w", f.ID, err)
	}
	for name, value := range f.Response.Headers {
		switch strings.ToLower(name) {
		case "content-length", "content-encoding", "transfer-encoding", "connection":
		default:
			w.Header().Set(name, value)
		}
	}
	w.WriteHeader(f.Response.Status)
	if !cut {
		_, err = w.Write(body)
		return err
	}
	control := http.NewResponseController(w)
	for i := range body {
		if _, err := w.Write(body[i : i+1]); err != nil {
			return err
		}
		if err := control.Flush(); err != nil {
			return err
		}
	}
	return nil
}

func (f *fixture) has(feature string) bool {
	for _, have := range f.Features {
		if have == feature {
			return true
		}
	}
	return false
}
