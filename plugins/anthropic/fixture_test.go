package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// exchange is one recorded exchange with Anthropic, or with Anthropic's models on Vertex AI, whose bodies are the same.
type exchange struct {
	ID           string   `json:"id"`
	EndpointKind string   `json:"endpoint_kind"`
	Features     []string `json:"features"`
	Request      struct {
		Body json.RawMessage `json:"body"`
	} `json:"request"`
	Response struct {
		Status int             `json:"status"`
		Body   json.RawMessage `json:"body"`
	} `json:"response"`
}

// text is the reply as it was on the wire: JSON, or the text of a stream.
func (x *exchange) text() string {
	var s string
	if json.Unmarshal(x.Response.Body, &s) == nil {
		return s
	}
	return string(x.Response.Body)
}

// events are the data lines of a recorded stream.
func (x *exchange) events() []string {
	var events []string
	for line := range strings.Lines(x.text()) {
		if data, ok := strings.CutPrefix(strings.TrimSpace(line), "data:"); ok {
			events = append(events, strings.TrimSpace(data))
		}
	}
	return events
}

// recorded reads the recorded traffic, which lies beside the checkout.
func recorded(t *testing.T) []exchange {
	t.Helper()
	root := filepath.Join("..", "..", "..", "shared", "fixtures", "providers")
	files, _ := filepath.Glob(filepath.Join(root, "anthropic", "*.json"))
	vertex, _ := filepath.Glob(filepath.Join(root, "vertexai", "*.json"))
	var list []exchange
	for _, file := range append(files, vertex...) {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var x exchange
		if err := json.Unmarshal(b, &x); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if strings.HasPrefix(x.ID, "anthropic-") || slices.Contains(x.Features, "anthropic_on_vertex") {
			list = append(list, x)
		}
	}
	if len(list) == 0 {
		t.Skip("the recorded traffic is not here")
	}
	return list
}
