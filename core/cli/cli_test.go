package cli

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// output collects what a command prints, and tells of each write.
type output struct {
	mu      sync.Mutex
	text    strings.Builder
	written chan struct{}
}

func newOutput() *output { return &output{written: make(chan struct{}, 1)} }

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	defer func() {
		select {
		case o.written <- struct{}{}:
		default:
		}
	}()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// wait waits until the expression is found in what was printed, and returns its groups.
func (o *output) wait(t *testing.T, expression string) []string {
	t.Helper()
	for {
		if found := regexp.MustCompile(expression).FindStringSubmatch(o.String()); found != nil {
			return found
		}
		select {
		case <-o.written:
		case <-t.Context().Done():
			t.Fatalf("%s is not in %s", expression, o)
		}
	}
}

// command runs a command to its end, with nobody to answer it.
func command(t *testing.T, getenv func(string) (string, bool), args ...string) (code int, stdout, stderr string) {
	t.Helper()
	out, errs := newOutput(), newOutput()
	code = Run(t.Context(), Env{args, out, errs, withData(t, getenv), nil})
	return code, out.String(), errs.String()
}

// withData gives a gateway a data folder of its own: two can't share one. What is compiled they can.
func withData(t *testing.T, getenv func(string) (string, bool)) func(string) (string, bool) {
	dir := t.TempDir()
	return func(name string) (string, bool) {
		switch name {
		case "SLUICE_DATA":
			return dir, true
		case "SLUICE_CACHE":
			return cacheDir(nil), true
		}
		return getenv(name)
	}
}

func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestCommands(t *testing.T) {
	for _, c := range []struct {
		args           string
		code           int
		stdout, stderr string // parts
	}{
		{"version", 0, "(compatible with LiteLLM 1.63.8)", ""},
		{"--version", 0, "sluice ", ""},
		{"-v", 0, "sluice ", ""},
		{"help", 0, "sluice check FILE", ""},
		{"--help", 0, "--ssl_certfile_path", ""},
		{"check", 2, "", "usage: sluice check FILE"},
		{"check a b", 2, "", "usage: sluice check FILE"},
		{"check nowhere.yaml", 1, "nowhere.yaml", ""},
		{"plugin", 2, "", "sluice plugin build DIR [FILE]"},
		{"plugin nonsense", 2, "", "sluice plugin build DIR [FILE]"},
		{"plugin build", 2, "", "usage: sluice plugin build DIR [FILE]"},
		{"plugin build a b c", 2, "", "3 arguments in place of 1 to 2"},
		{"plugin build --nonsense", 2, "", "usage: sluice plugin build DIR [FILE]"},
		{"plugin build nowhere out.wasm", 1, "", "sluice: read manifest"},
		{"--port x", 2, "", `sluice: --port must be a number, not "x"`},
		{"stray", 2, "", `sluice: unexpected argument "stray"`},
		{"--config nowhere.yaml", 1, "", "nowhere.yaml"},
		{"--model mystery --health", 0, "LLM Provider NOT provided", ""},
		{"--model demo/x --ssl_keyfile_path nowhere.pem", 1, "", "sluice: read the TLS certificate"},
		{"--model demo/x --host 256.0.0.1 --port 0", 1, "", "sluice: listen"},
		{"--model demo/x --port 99999", 1, "", "sluice: listen"},
	} {
		code, stdout, stderr := command(t, none, strings.Fields(c.args)...)
		if code != c.code || !strings.Contains(stdout, c.stdout) || !strings.Contains(stderr, c.stderr) {
			t.Errorf("%s: %d\nstdout: %s\nstderr: %s", c.args, code, stdout, stderr)
		}
	}
}

func TestCheck(t *testing.T) {
	good := file(t, "good.yaml", `
model_list:
  - {model_name: chat, litellm_params: {model: openai/gpt-4o, api_key: sk-CANARY-0123456789}}
general_settings: {master_key: sk-CANARY-master-key}
`)
	code, stdout, stderr := command(t, none, "check", good)
	if code != 0 || !strings.Contains(stdout, "openai/gpt-4o") || !strings.Contains(stdout, "1 deployment, no errors, no warnings, no notices") || stderr != "" {
		t.Errorf("%d %s %s", code, stdout, stderr)
	}
	if strings.Contains(stdout, "CANARY") {
		t.Errorf("a secret in %s", stdout)
	}
	warned := file(t, "warned.yaml", `
model_list:
  - {model_name: chat, litellm_params: {model: mystery}}
  - {model_name: chat, litellm_params: {model: openai/gpt-4o}}
general_settings: {master_key: sk-1}
`)
	code, stdout, _ = command(t, none, "check", warned)
	if code != 0 || !strings.Contains(stdout, "warned.yaml:3:5: warning: model_list[0]: requests to this deployment will fail: litellm.BadRequestError: LLM Provider NOT provided.") ||
		!strings.Contains(stdout, "model_list[1]: requests to this deployment will fail: litellm.AuthenticationError") {
		t.Errorf("%d %s", code, stdout)
	}
	code, stdout, _ = command(t, environment("OPENAI_API_KEY", "k"), "check", warned)
	if code != 0 || strings.Contains(stdout, "model_list[1]") {
		t.Errorf("with a key in the environment: %d %s", code, stdout)
	}
	bad := file(t, "bad.yaml", "model_list:\n  - {model_name: chat, litellm_params: {model: openai/x, rpm: many}}\n")
	code, stdout, _ = command(t, none, "check", bad)
	if code != 1 || !strings.Contains(stdout, "bad.yaml:2:") || !strings.Contains(stdout, "1 error") {
		t.Errorf("%d %s", code, stdout)
	}
}

func TestBadConfigIsNotServed(t *testing.T) {
	code, stdout, stderr := command(t, none, "--config", file(t, "bad.yaml", "model_list: 7\n"), "--port", "0")
	if code != 1 || stdout != "" || !strings.Contains(stderr, "bad.yaml:1:13: error: model_list: expected a list") {
		t.Errorf("%d %s %s", code, stdout, stderr)
	}
}

func TestHealthFlag(t *testing.T) {
	code, stdout, stderr := command(t, none, "--health")
	var report struct {
		Count int `json:"healthy_count"`
	}
	if err := json.Unmarshal([]byte(stdout), &report); code != 0 || err != nil || report.Count != 1 {
		t.Errorf("%d %v %s %s", code, err, stdout, stderr)
	}
}

// serving runs a gateway until the test ends.
func serving(t *testing.T, getenv func(string) (string, bool), args ...string) (url string, stdout, stderr *output) {
	t.Helper()
	stdout, stderr = newOutput(), newOutput()
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan int)
	go func() {
		ended <- Run(ctx, Env{append(args, "--host", "127.0.0.1", "--port", "0"), stdout, stderr, withData(t, getenv), nil})
	}()
	t.Cleanup(func() {
		stop()
		if code := <-ended; code != 0 {
			t.Errorf("exit code %d: %s", code, stderr)
		}
	})
	return stdout.wait(t, `Sluice running on (http://127\.0\.0\.1:\d+) \(Press CTRL\+C to quit\)`)[1], stdout, stderr
}

func post(t *testing.T, url, body string) (int, string) {
	t.Helper()
	r, err := http.Post(url, "application/json", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, _ := io.ReadAll(r.Body)
	return r.StatusCode, string(text)
}

// Without a configuration there is a model to try: every endpoint answers, without an account.
func TestDemo(t *testing.T) {
	url, stdout, _ := serving(t, none)
	if !strings.HasPrefix(stdout.String(), "LiteLLM: Proxy initialized with Config, Set models:\n    demo\nSluice running on ") {
		t.Errorf("got %s", stdout)
	}
	for path, c := range map[string]struct{ body, want string }{
		"/v1/chat/completions": {`{"model":"demo","messages":[{"role":"user","content":"Hi"}]}`, `"choices"`},
		"/chat/completions":    {`{"model":"demo","stream":true,"messages":[{"role":"user","content":"Hi"}]}`, "data: [DONE]\n\n"},
		"/v1/completions":      {`{"model":"demo","prompt":"Hi"}`, `"text"`},
		"/v1/embeddings":       {`{"model":"demo","input":"Hi"}`, `"embedding"`},
		"/v1/moderations":      {`{"input":"Hi"}`, `"results"`},
	} {
		if status, answer := post(t, url+path, c.body); status != 200 || !strings.Contains(answer, c.want) {
			t.Errorf("%s: %d %s", path, status, answer)
		}
	}
}

func TestModelFlagOverridesRequests(t *testing.T) {
	url, stdout, _ := serving(t, none, "--model", "demo/x", "--alias", "mine", "--unheard_of", "1")
	if status, answer := post(t, url+"/v1/chat/completions", `{"model":"other","messages":[{"role":"user","content":"Hi"}]}`); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
	if !strings.Contains(stdout.String(), "\n    mine\n") {
		t.Errorf("got %s", stdout)
	}
}

func TestReloadOnSignal(t *testing.T) {
	path := file(t, "c.yaml", "model_list:\n  - {model_name: one, litellm_params: {model: demo/x}}\n")
	url, _, stderr := serving(t, environment("CONFIG_FILE_PATH", path))
	hello := func(model string) int {
		status, _ := post(t, url+"/v1/chat/completions", `{"model":"`+model+`","messages":[{"role":"user","content":"Hi"}]}`)
		return status
	}
	if hello("one") != 200 || hello("two") != 400 {
		t.Error("the first configuration is not served")
	}
	if err := os.WriteFile(path, []byte("model_list:\n  - {model_name: two, litellm_params: {model: demo/x}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	stderr.wait(t, "configuration reloaded")
	if hello("one") != 400 || hello("two") != 200 {
		t.Error("the second configuration is not served")
	}
}

func TestLogSettings(t *testing.T) {
	const config = "model_list:\n  - {model_name: demo, litellm_params: {model: demo/x}}\ngeneral_settings: {master_key: sk-CANARY}\n"
	hello := `{"model":"demo","messages":[{"role":"user","content":"Hi"}]}`
	for name, c := range map[string]struct {
		settings string
		args     []string
		env      func(string) (string, bool)
		want     string
	}{
		"text":             {"", nil, none, ""},
		"json of a flag":   {"", []string{"--json_logs", "--debug"}, none, `{"time":`},
		"json of a config": {"litellm_settings: {json_logs: true, set_verbose: true}\n", nil, none, `"msg":"request failed"`},
		"verbose":          {"router_settings: {set_verbose: true}\n", nil, none, `msg="request failed"`},
		"level":            {"", nil, environment("LITELLM_LOG", "ERROR"), ""},
		"odd level":        {"", nil, environment("LITELLM_LOG", "LOUD"), `msg="request failed"`},
	} {
		url, _, stderr := serving(t, c.env, append(c.args, "--config", file(t, "c.yaml", config+c.settings))...)
		post(t, url+"/v1/chat/completions", hello)
		if c.want != "" {
			stderr.wait(t, regexp.QuoteMeta(c.want))
		}
		if strings.Contains(stderr.String(), "CANARY") || name == "level" && stderr.String() != "" {
			t.Errorf("%s: %s", name, stderr)
		}
	}
}
