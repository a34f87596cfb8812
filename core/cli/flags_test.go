package cli

import (
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/config"
)

func none(string) (string, bool) { return "", false }

// environment looks up in pairs of name and value.
func environment(pairs ...string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i] == name {
				return pairs[i+1], true
			}
		}
		return "", false
	}
}

func TestFlags(t *testing.T) {
	for args, want := range map[string]flags{
		"":                               {},
		"--config c.yaml --port 4001":    {"config": "c.yaml", "port": "4001"},
		"--config=c.yaml --port=4001":    {"config": "c.yaml", "port": "4001"},
		"-c c.yaml -m gpt-4o":            {"config": "c.yaml", "model": "gpt-4o"},
		"-config c.yaml":                 {"config": "c.yaml"},
		"--host :: --plugins p --data d": {"host": "::", "plugins": "p", "data": "d"},
		"--model m --alias a --api_base http://x --api_version v":  {"model": "m", "alias": "a", "api_base": "http://x", "api_version": "v"},
		"--temperature -0.5 --max_tokens 10 --request_timeout 1.5": {"temperature": "-0.5", "max_tokens": "10", "request_timeout": "1.5"},
		`--headers {"a":"b"}`: {"headers": `{"a":"b"}`},
		"--debug --detailed_debug --json_logs --drop_params --health": {"debug": "true", "detailed_debug": "true", "json_logs": "true", "drop_params": "true", "health": "true"},
		"--debug=false --detailed-debug=true":                         {"debug": "false", "detailed_debug": "true"},
		"--ssl_keyfile_path k --ssl_certfile_path c":                  {"ssl_keyfile_path": "k", "ssl_certfile_path": "c"},
	} {
		var warned strings.Builder
		got, err := parseFlags(strings.Fields(args), none, &warned)
		if err != nil || !maps.Equal(got, want) || warned.Len() > 0 {
			t.Errorf("%s: %v, %v, %s", args, got, err, warned.String())
		}
	}
}

// Flags of the litellm command that mean nothing here, and such as nobody knows, are told and skipped with their values.
func TestFlagsWithoutEffect(t *testing.T) {
	for _, args := range []string{
		"--num_workers 4", "--telemetry False", "--max_budget 10", "--add_function_to_prompt", "--use_prisma_db_push", "--use_prisma_migrate",
		"--test", "--save", "--run_gunicorn", "--iam_token_db_auth", "--unheard_of", "--unheard_of value", "--unheard_of=value", "-z",
	} {
		var warned strings.Builder
		got, err := parseFlags(append(strings.Fields(args), "--port", "1"), none, &warned)
		name, _, _ := strings.Cut(strings.TrimLeft(strings.Fields(args)[0], "-"), "=")
		if err != nil || !maps.Equal(got, flags{"port": "1"}) || warned.String() != "sluice: the flag --"+name+" has no effect here\n" {
			t.Errorf("%s: %v, %v, %s", args, got, err, warned.String())
		}
	}
}

func TestBadFlags(t *testing.T) {
	for args, want := range map[string]string{
		"stray":               `unexpected argument "stray"`,
		"--debug stray":       `unexpected argument "stray"`,
		"--config":            "--config needs a value",
		"--config --port 1":   "--config needs a value",
		"--port x":            `--port must be a number, not "x"`,
		"--temperature NaN":   `--temperature must be a number, not "NaN"`,
		"--max_tokens Inf":    `--max_tokens must be a number, not "Inf"`,
		"--debug=maybe":       `--debug is true or false, not "maybe"`,
		`--headers sk-secret`: "--headers must be a JSON object",
		`--headers ["a"]`:     "--headers must be a JSON object",
	} {
		if got, err := parseFlags(strings.Fields(args), none, new(strings.Builder)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, %v", args, got, err)
		}
	}
}

func TestFlagsFromTheEnvironment(t *testing.T) {
	var warned strings.Builder
	got, err := parseFlags([]string{"--port", "1"}, environment("PORT", "2", "HOST", "h", "CONFIG_FILE_PATH", "c", "DETAILED_DEBUG", "True",
		"DEBUG", "app:*", "SLUICE_PLUGINS", "p", "SLUICE_DATA", "d", "JSON_LOGS", "", "SSL_KEYFILE_PATH", "k", "SSL_CERTFILE_PATH", "s", "MODEL", "m"), &warned)
	want := flags{"port": "1", "host": "h", "config": "c", "detailed_debug": "True", "plugins": "p", "data": "d", "ssl_keyfile_path": "k", "ssl_certfile_path": "s"}
	if err != nil || !maps.Equal(got, want) || !got.on("detailed_debug") {
		t.Errorf("%v, %v", got, err)
	}
	if warned.String() != "sluice: environment variable left out: DEBUG is true or false, not \"app:*\"\n" {
		t.Errorf("warned %q", warned.String())
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	help := flagHelp()
	for _, s := range flagSpecs {
		if !strings.Contains(help, "--"+s.name+" ") || !strings.Contains(help, s.help) || (s.env != "" && !strings.Contains(help, "["+s.env+"]")) {
			t.Errorf("--%s is missing", s.name)
		}
	}
}

func TestModelConfig(t *testing.T) {
	c, err := config.Parse("command line", modelConfig(flags{
		"model": "openai/x", "alias": "nick", "api_base": "http://x.test", "api_version": "v", "temperature": "0.5", "max_tokens": "10",
		"request_timeout": "1.5", "drop_params": "true", "headers": `{"X-A":"b"}`,
	}), config.Options{Getenv: none})
	if err != nil {
		t.Fatal(err)
	}
	m := c.Models[0]
	p := m.Params
	if len(c.Models) != 1 || m.ModelName != "nick" || p.Model != "openai/x" || p.APIBase != "http://x.test" || p.APIVersion != "v" ||
		p.ExtraHeaders[0] != (config.Pair{Name: "X-A", Value: "b"}) || string(p.Defaults) != `{"max_tokens":10,"temperature":0.5}` {
		t.Errorf("got %+v %s", p, p.Defaults)
	}
	if !c.LiteLLM.DropParams || c.Router.Timeout.Seconds() != 1.5 {
		t.Errorf("got %+v", c.LiteLLM)
	}
	c, err = config.Parse("command line", modelConfig(flags{"model": "gpt-4o"}), config.Options{Getenv: none})
	if err != nil || c.Models[0].ModelName != "gpt-4o" || c.Models[0].Params.Defaults != nil {
		t.Errorf("%v %+v", err, c.Models)
	}
}

func FuzzFlags(f *testing.F) {
	f.Add("--config c --port=1 -m x --unknown --debug=true --headers {}")
	f.Fuzz(func(t *testing.T, args string) {
		got, err := parseFlags(strings.Fields(args), none, new(strings.Builder))
		if err == nil && got["model"] != "" {
			modelConfig(got)
		}
	})
}

func TestCacheDir(t *testing.T) {
	if got, want := cacheDir(flags{"data": "d"}), filepath.Join("d", "compiled"); got != want {
		t.Errorf("got %s", got)
	}
	if got := cacheDir(flags{}); filepath.Base(filepath.Dir(got)) != "sluice" {
		t.Errorf("got %s", got)
	}
}
