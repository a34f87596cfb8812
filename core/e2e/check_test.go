package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
)

// check runs sluice check on a file.
func check(t *testing.T, config string, env ...string) (output string, code int) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(gateway.Binary(t), "check", file)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if _, exited := err.(*exec.ExitError); err != nil && !exited {
		t.Fatal(err)
	}
	if strings.Contains(out.String(), gateway.SecretMark) {
		t.Errorf("check printed a secret:\n%s", out.String())
	}
	return strings.ReplaceAll(out.String(), file, "FILE"), cmd.ProcessState.ExitCode()
}

func TestCheckGood(t *testing.T) {
	t.Parallel()
	out, code := check(t, strings.ReplaceAll(overview, "$UP", "https://up.example"), overviewEnv...)
	if code != 0 {
		t.Errorf("exited with %d", code)
	}
	for _, want := range []string{"vllm-models", "openai/facebook/opt-125m", "azure/gpt-turbo-small-ca", "success_callback", "alerting"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestCheckBad(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ name, config, want string }{
		{"wrong type", "model_list:\n  - model_name: m\n    litellm_params:\n      model: openai/m\n      api_key: sk-secret-a\n      rpm: many\n", "FILE:6:12"},
		{"no model", "model_list:\n  - model_name: m\n    litellm_params: {api_key: sk-secret-a}\n", "FILE:3:"},
		{"unknown strategy", "router_settings:\n  routing_strategy: simple-shufle\n", "simple-shuffle"},
		{"syntax", "model_list:\n  - model_name: [m\n", "FILE:"},
		{"missing include", "include: [nowhere.yaml]\n", "nowhere.yaml"},
		{"environment unknown", "model_list:\n  - model_name: m\n    litellm_params: {model: openai/m}\n    model_info: {supported_environments: [moon]}\n", "moon"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, code := check(t, tc.config)
			if code == 0 || !strings.Contains(out, tc.want) {
				t.Errorf("exited with %d, want %q in:\n%s", code, tc.want, out)
			}
		})
	}
	out, code := check(t, "model_lst: []\nlitellm_settings: {num_retrys: 3}\nmodel_list:\n  - model_name: m\n    litellm_params: {model: openai/m, api_key: os.environ/NOT_SET}\n")
	for _, want := range []string{"model_list", "num_retries", "NOT_SET"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in (exit code %d):\n%s", want, code, out)
		}
	}
}
