package endpoint_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/app/apptest"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// told is what an observer was told of an exchange.
type told struct {
	Call       string `json:"call_id"`
	Endpoint   string
	Model      string
	Group      string
	Deployment string `json:"deployment_id"`
	Provider   string
	Upstream   string `json:"upstream_model"`
	Stream     bool
	Status     int
	Error      struct{ Class, Message string }
	Usage      struct {
		Prompt     int `json:"prompt_tokens"`
		Completion int `json:"completion_tokens"`
		Estimated  bool
	}
	Cost     float64
	KeyHash  string  `json:"key_hash"`
	Duration float64 `json:"duration_ms"`
	raw      string
}

// observed starts a gateway for up with an observer, whose records come out of the channel.
func observed(t *testing.T, up http.HandlerFunc) (*apptest.Gateway, <-chan told) {
	t.Helper()
	records := make(chan told, 64)
	log := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		record := told{raw: string(text)}
		if err := json.Unmarshal(text, &record); err != nil {
			t.Errorf("%v: %s", err, text)
		}
		records <- record
	})
	wasm, err := pack.Attach(guesttest.Post("log", "/").Module(), &hostabi.Manifest{Name: "recorder", Version: "1.0.0", Kind: "observer",
		Hooks: []string{"record"}, Needs: hostabi.Needs{Upstreams: []hostabi.Upstream{{Name: "log"}}}})
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "recorder.wasm"), wasm, 0o600); err != nil {
		t.Fatal(err)
	}
	config := strings.ReplaceAll(one, "UP", serve(t, up).URL) + "  - {model_name: other, litellm_params: {model: openai/x, api_key: k, api_base: " +
		serve(t, up).URL + "}}\ngeneral_settings: {master_key: sk-1234}\nlitellm_settings: {callbacks: [recorder], num_retries: 0}\n" +
		"router_settings: {num_retries: 0}\nplugins: {recorder: {upstreams: {log: {url: \"" + log.URL + "\"}}}}\n"
	return apptest.Start(t, apptest.Setup{Config: config, Options: app.Options{PluginDir: dir}}), records
}

func answer(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(text, "data:") {
			w.Header().Set("Content-Type", "text/event-stream")
		}
		io.WriteString(w, text)
	}
}

func next(t *testing.T, records <-chan told) told {
	t.Helper()
	select {
	case r := <-records:
		if r.Duration <= 0 && r.Status == 200 || r.Call == "" {
			t.Errorf("got %s", r.raw)
		}
		for _, text := range []string{"Hi", "sk-secret", "sk-1234", "127.0.0.1"} {
			if strings.Contains(r.raw, text) {
				t.Errorf("the record has %q: %s", text, r.raw)
			}
		}
		return r
	case <-time.After(20 * time.Second):
		t.Fatal("no record")
	}
	return told{}
}

const key = "Bearer sk-1234"

func TestRecordOfASuccess(t *testing.T) {
	g, records := observed(t, answer(completion))
	g.Post("/chat/completions", hello, "Authorization", key, "x-litellm-call-id", "mine")
	r := next(t, records)
	if r.Call != "mine" || r.Endpoint != "chat" || r.Model != "chat" || r.Group != "chat" || r.Deployment != "one" || r.Provider != "openai" ||
		r.Upstream != "gpt-4o" || r.Stream || r.Status != 200 || r.Usage.Prompt != 9 || r.Usage.Completion != 2 || r.Usage.Estimated || r.Cost <= 0 ||
		r.KeyHash != "88dc28d0f030c55ed4ab77ed8faf098196cb1c05df778539800c9f1243fe6b4b" {
		t.Errorf("got %s", r.raw)
	}
}

func TestRecordsOfFailures(t *testing.T) {
	g, records := observed(t, func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) })
	for _, c := range []struct {
		key, body, class string
		status           int
	}{
		{key, hello, "ServiceUnavailableError", 503}, {key, `{"model":"unknown","messages":[{"role":"user","content":"Hi"}]}`, "BadRequestError", 400},
		{"Bearer sk-wrong", hello, "AuthenticationError", 401}, {key, `{"model":"chat"}`, "BadRequestError", 400},
	} {
		g.Post("/chat/completions", c.body, "Authorization", c.key)
		if r := next(t, records); r.Status != c.status || r.Error.Class != c.class || r.Error.Message == "" || r.Cost != 0 {
			t.Errorf("got %s", r.raw)
		}
	}
}

const events = `data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"up","choices":[{"index":0,"delta":{"content":"Hi"}}]}` + "\n\n" +
	`data: {"id":"1","object":"chat.completion.chunk","created":1,"model":"up","choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10}}` +
	"\n\ndata: [DONE]\n\n"

var streamedHello = strings.Replace(hello, "{", `{"stream":true,`, 1)

func TestRecordOfAStream(t *testing.T) {
	g, records := observed(t, answer(events))
	g.Post("/chat/completions", streamedHello, "Authorization", key)
	if r := next(t, records); !r.Stream || r.Status != 200 || r.Usage.Prompt != 7 || r.Usage.Completion != 3 || r.Deployment != "one" {
		t.Errorf("got %s", r.raw)
	}
}

func TestRecordOfAStreamThatBreaks(t *testing.T) {
	g, records := observed(t, func(w http.ResponseWriter, r *http.Request) {
		answer(strings.Split(events, "\n\n")[0]+"\n\n")(w, r)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	g.Post("/chat/completions", streamedHello, "Authorization", key)
	if r := next(t, records); !r.Stream || r.Status == 200 || r.Error.Class == "" || r.Error.Class == "Cancelled" {
		t.Errorf("got %s", r.raw)
	}
}

func TestRecordOfAClientThatLeft(t *testing.T) {
	g, records := observed(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		for r.Context().Err() == nil {
			io.WriteString(w, strings.Split(events, "\n\n")[0]+"\n\n")
			w.(http.Flusher).Flush()
		}
	})
	answer := g.Open("POST", "/chat/completions", streamedHello, "Authorization", key)
	if _, err := bufio.NewReader(answer.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if r := next(t, records); r.Status != 499 || r.Error.Class != "Cancelled" {
		t.Errorf("got %s", r.raw)
	}
}

func TestRecordsOfABatch(t *testing.T) {
	g, records := observed(t, answer(completion))
	g.Post("/chat/completions", strings.Replace(hello, `"chat"`, `"chat,other,unknown"`, 1), "Authorization", key)
	var models []string
	for range 3 {
		r := next(t, records)
		models = append(models, r.Model)
		if (r.Status == 200) != (r.Model != "unknown") {
			t.Errorf("got %s", r.raw)
		}
	}
	slices.Sort(models)
	if strings.Join(models, " ") != "chat other unknown" || len(records) > 0 {
		t.Errorf("records of %q", models)
	}
}
