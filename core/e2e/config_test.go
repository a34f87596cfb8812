package e2e

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// The configuration of the documentation's overview, with the examples of its other chapters.
const overview = `
model_list:
  - model_name: gpt-3.5-turbo ### RECEIVED MODEL NAME ###
    litellm_params: # all params accepted by litellm.completion()
      model: azure/gpt-turbo-small-eu ### MODEL NAME sent to litellm.completion() ###
      api_base: https://my-endpoint-europe-berri-992.openai.azure.com/
      api_key: "os.environ/AZURE_API_KEY_EU" # does os.getenv("AZURE_API_KEY_EU")
      rpm: 6      # [OPTIONAL] Rate limit for this deployment: in requests per minute (rpm)
  - model_name: bedrock-claude-v1
    litellm_params:
      model: bedrock/anthropic.claude-instant-v1
  - model_name: gpt-3.5-turbo
    litellm_params:
      model: azure/gpt-turbo-small-ca
      api_base: https://my-endpoint-canada-berri992.openai.azure.com/
      api_key: "os.environ/AZURE_API_KEY_CA"
      rpm: 6
  - model_name: vllm-models
    litellm_params:
      model: openai/facebook/opt-125m # the openai/ prefix tells litellm it's openai compatible
      api_base: $UP/v1
      api_key: none
      rpm: 1440
    model_info:
      version: 2
  - model_name: gpt-4o
    litellm_params:
      model: azure/gpt-4o
      litellm_credential_name: default_azure_credential # Reference credential below
  - model_name: only-in-production
    litellm_params: {model: openai/gpt-4, api_key: os.environ/OPENAI_API_KEY}
    model_info: {supported_environments: ["production"]}
  - model_name: many
    litellm_params:
      model: openai/*
      api_key: os.environ/OPENAI_API_KEY
      organization:
        - org-1
        - org-2
        - org-3
  # Default models
  # Works for ALL Providers and needs the default provider credentials in .env
  - model_name: "*"
    litellm_params:
      model: "*"

credential_list:
  - credential_name: default_azure_credential
    credential_values:
      api_key: os.environ/AZURE_API_KEY_EU # Load from environment
      api_base: $UP
      api_version: "2023-05-15"
    credential_info:
      description: "Production credentials for EU region"

litellm_settings: # module level litellm settings
  drop_params: True
  success_callback: ["langfuse"] # OPTIONAL
  fallbacks: [{"zephyr-beta": ["gpt-3.5-turbo"]}]
  context_window_fallbacks: [{"zephyr-beta": ["gpt-3.5-turbo-16k"]}, {"gpt-3.5-turbo": ["gpt-3.5-turbo-16k"]}]
  allowed_fails: 3

router_settings:
  routing_strategy: simple-shuffle
  model_group_alias: {"gpt-4": "gpt-3.5-turbo"}
  num_retries: 2
  timeout: 30

general_settings:
  master_key: sk-secret-master # [OPTIONAL] Only use this if you to require all calls to contain this key
  alerting: ["slack"] # [OPTIONAL]
`

var overviewEnv = []string{"AZURE_API_KEY_EU=sk-secret-eu", "AZURE_API_KEY_CA=sk-secret-ca", "OPENAI_API_KEY=sk-secret-env", "LITELLM_ENVIRONMENT=staging"}

func TestOverviewConfig(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	env := append(overviewEnv, "GROQ_API_KEY=sk-secret-groq", "GROQ_API_BASE="+up.URL+"/groq")
	g := gateway.Start(t, gateway.Options{Config: strings.ReplaceAll(overview, "$UP", up.URL), Env: env})
	for _, want := range []string{"LiteLLM: Proxy initialized with Config, Set models:\n", "    gpt-3.5-turbo\n", "    vllm-models\n"} {
		if !strings.Contains(g.Logged(), want) {
			t.Errorf("the start-up log lacks %q:\n%s", want, g.Logged())
		}
	}
	for _, notYet := range []string{"success_callback", "fallbacks", "alerting", "allowed_fails"} {
		if !strings.Contains(g.Logged(), notYet) {
			t.Errorf("%s has no effect yet and the log doesn't say so", notYet)
		}
	}
	key := "Bearer " + masterKey
	for model, want := range map[string]struct{ path, auth, model string }{
		"vllm-models":     {"/v1/chat/completions", "Bearer none", "facebook/opt-125m"},
		"gpt-4o":          {"/openai/deployments/gpt-4o/chat/completions", "", "gpt-4o"},
		"groq/llama3-70b": {"/groq/chat/completions", "Bearer sk-secret-groq", "llama3-70b"},
	} {
		r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"`+model+`"`, 1), "Authorization", key)
		got := up.Last(t)
		if r.Status != 200 || got.Path != want.path || got.Header.Get("Authorization") != want.auth || !strings.Contains(got.Body, want.model) {
			t.Errorf("%s: answered %d %s, the upstream got %+v", model, r.Status, r.Body, got)
		}
	}
	if got := up.Requests(); !strings.Contains(got[0].Query+got[1].Query+got[2].Query, "api-version=2023-05-15") {
		t.Error("the credential's api_version was not sent")
	}
	info := string(g.Get("/v1/model/info", "Authorization", key).Body)
	for _, want := range []string{`"org-1"`, `"org-2"`, `"org-3"`} {
		if strings.Count(info, want) != 1 {
			t.Errorf("/v1/model/info has %s %d times: %s", want, strings.Count(info, want), info)
		}
	}
	for _, secret := range []string{gateway.SecretMark, "only-in-production"} {
		if strings.Contains(info, secret) {
			t.Errorf("/v1/model/info shows %s: %s", secret, info)
		}
	}
}

// TestBadStart: a gateway with a bad configuration does not start, and says why.
func TestBadStart(t *testing.T) {
	t.Parallel()
	for name, o := range map[string]gateway.Options{
		"config":       {Config: "model_list: 5\n"},
		"missing file": {Args: []string{"--config", "nowhere.yaml"}},
		"port":         {Args: []string{"--port", "many"}},
	} {
		t.Run(name, func(t *testing.T) {
			g := gateway.Launch(t, o)
			if code := g.Wait(); code == 0 || len(g.Logged()) == 0 {
				t.Errorf("exited with %d and said %q", code, g.Logged())
			}
		})
	}
}

// TestEnvironment: PORT, HOST and CONFIG_FILE_PATH stand in for flags.
func TestEnvironment(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "elsewhere.yaml")
	config := "model_list:\n  - model_name: from-elsewhere\n    litellm_params: {model: demo/demo}\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	g := gateway.Start(t, gateway.Options{Plain: true, Env: []string{"PORT=" + port, "HOST=127.0.0.1", "CONFIG_FILE_PATH=" + file}})
	if g.URL != "http://127.0.0.1:"+port {
		t.Errorf("listens on %s", g.URL)
	}
	if r := g.Get("/v1/models"); !strings.Contains(string(r.Body), "from-elsewhere") {
		t.Errorf("serves %s", r.Body)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// TestModelFlag: --model serves one model, whatever requests ask for.
func TestModelFlag(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{
		Args: []string{"--model", "openai/only", "--api_base", up.URL + "/v1", "--temperature", "0.5", "--num_workers", "4", "--unheard_of", "x"},
		Env:  []string{"OPENAI_API_KEY=sk-secret-env"},
	})
	r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"anything"`, 1))
	if got := up.Last(t); r.Status != 200 || !strings.Contains(got.Body, `"model":"only"`) || !strings.Contains(got.Body, `"temperature":0.5`) {
		t.Errorf("answered %d, the upstream got %s", r.Status, got.Body)
	}
	if !strings.Contains(g.Logged(), "unheard_of") {
		t.Errorf("no warning about the unknown flag:\n%s", g.Logged())
	}
}

// TestPluginFolder: a .wasm in the folder takes the place of the bundled plugin of that name; a broken one keeps the
// gateway from starting.
func TestPluginFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "demo.wasm")
	source := filepath.Join("..", "..", "plugins", "demo")
	if out, err := exec.Command(gateway.Binary(t), "plugin", "build", source, file).CombinedOutput(); err != nil {
		t.Fatalf("build the plugin: %v\n%s", err, out)
	}
	g := gateway.Start(t, gateway.Options{Args: []string{"--plugins", dir}})
	if r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"demo"`, 1)); r.Status != 200 {
		t.Errorf("answered %d %s", r.Status, r.Body)
	}
	if err := os.WriteFile(file, []byte("\x00asm nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := gateway.Launch(t, gateway.Options{Args: []string{"--plugins", dir}})
	if code := broken.Wait(); code == 0 || !strings.Contains(broken.Logged(), "demo.wasm") {
		t.Errorf("exited with %d: %s", code, broken.Logged())
	}
}
