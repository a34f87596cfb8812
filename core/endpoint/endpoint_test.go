package endpoint_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// answers serves a body for every request, and keeps the last request.
type answers struct {
	*httptest.Server
	status  int
	body    string
	header  http.Header
	request string
	path    string
}

const completion = `{"id":"c1","object":"chat.completion","created":1,"model":"up","choices":[{"index":0,"finish_reason":"stop",` +
	`"message":{"role":"assistant","content":"Hi"}}],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}`

func newAnswers(t *testing.T) *answers {
	a := &answers{status: 200, body: completion, header: http.Header{}}
	a.Server = serve(t, func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		a.request, a.path = string(text), r.URL.Path
		w.Header().Set("Content-Type", "application/json")
		for name, values := range a.header {
			w.Header()[name] = values
		}
		w.WriteHeader(a.status)
		io.WriteString(w, a.body)
	})
	return a
}

func serve(t *testing.T, h http.HandlerFunc) *httptest.Server {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// start serves a configuration in which UP stands for the upstream's address.
func start(t *testing.T, up *httptest.Server, config string) *apptest.Gateway {
	t.Helper()
	if up != nil {
		config = strings.ReplaceAll(config, "UP", up.URL)
	}
	return apptest.Start(t, apptest.Setup{Config: config})
}

// one is a configuration with one model.
const one = `
model_list:
  - model_name: chat
    litellm_params: {model: openai/gpt-4o, api_key: sk-secret, api_base: UP/v1}
    model_info: {id: one}
`

const hello = `{"model":"chat","messages":[{"role":"user","content":"Hi"}]}`

func decode[T any](t *testing.T, text string) (v T) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return v
}

// failure is the error envelope.
type failure struct {
	Error struct{ Message, Type, Param, Code string }
}

// blocked answers nothing until its client has left.
func blocked(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

// modelEcho answers a chat in the name of the model that was asked.
func modelEcho(w http.ResponseWriter, r *http.Request) {
	var request struct{ Model string }
	json.NewDecoder(r.Body).Decode(&request)
	w.Header().Set("Content-Type", "application/json")
	io.WriteString(w, strings.Replace(completion, `"up"`, `"`+request.Model+`"`, 1))
}

func status(r apptest.Reply) string { return strconv.Itoa(r.Status) }
