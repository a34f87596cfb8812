package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// flagKind says what a flag's value is.
type flagKind int

const (
	isText flagKind = iota
	isNumber
	isSwitch
	isObject // a JSON object
)

// flagSpec is one flag: those of the litellm command, under the same names, and a few of our own.
type flagSpec struct {
	name string
	kind flagKind
	env  string // environment variable that stands in for it; "" = none
	help string
}

var flagSpecs = []flagSpec{
	{"config", isText, "CONFIG_FILE_PATH", "configuration file"},
	{"host", isText, "HOST", "address to listen on (default 0.0.0.0)"},
	{"port", isNumber, "PORT", "port to listen on (default 4000)"},
	{"plugins", isText, "SLUICE_PLUGINS", "folder of .wasm plugins (default: plugins beside the configuration)"},
	{"data", isText, "SLUICE_DATA", "folder for the database and what else is kept between starts (default: .local/share/sluice in the user's home)"},
	{"cache", isText, "SLUICE_CACHE", "folder for compiled plugins (default: in the data folder if that is given, else in the user's cache folder)"},
	{"model", isText, "", "serve this one model, whatever requests ask for"},
	{"alias", isText, "", "name for --model"},
	{"api_base", isText, "", "address of --model's provider"},
	{"api_version", isText, "", "API version of --model's provider"},
	{"headers", isObject, "", "headers for --model's provider, as a JSON object"},
	{"temperature", isNumber, "", "default temperature of --model"},
	{"max_tokens", isNumber, "", "default max_tokens of --model"},
	{"request_timeout", isNumber, "", "seconds that a call of --model may take"},
	{"drop_params", isSwitch, "", "drop parameters that --model's provider lacks"},
	{"debug", isSwitch, "DEBUG", "log more"},
	{"detailed_debug", isSwitch, "DETAILED_DEBUG", "log every request"},
	{"json_logs", isSwitch, "JSON_LOGS", "log JSON"},
	{"health", isSwitch, "", "call every deployment once, print which answer, and exit"},
	{"ssl_keyfile_path", isText, "SSL_KEYFILE_PATH", "TLS key"},
	{"ssl_certfile_path", isText, "SSL_CERTFILE_PATH", "TLS certificate"},
}

// withoutEffect are flags of the litellm command that mean nothing here; the value says whether they take one.
var withoutEffect = map[string]bool{
	"num_workers": true, "telemetry": true, "max_budget": true, "use_prisma_db_push": false, "use_prisma_migrate": false,
	"add_function_to_prompt": false, "save": false, "use_queue": false, "run_gunicorn": false, "run_hypercorn": false,
	"iam_token_db_auth": false, "log_config": true, "add_key": true, "local": false, "keepalive_timeout": true,
	"max_requests_before_restart": true, "skip_server_startup": false, "test": false, "test_async": false,
}

// shortFlags are the one-letter names of the litellm command.
var shortFlags = map[string]string{"c": "config", "m": "model"}

// flags holds the values of the flags that were given, by name.
type flags map[string]string

func (f flags) on(name string) bool {
	on, _ := strconv.ParseBool(f[name])
	return on
}

// parseFlags reads --name value and --name=value. Unknown flags are warned about, as the litellm command's users expect
// to bring theirs; a malformed value is an error. The environment fills in what was not given.
func parseFlags(args []string, getenv func(string) (string, bool), warn io.Writer) (flags, error) {
	f := flags{}
	for len(args) > 0 {
		if !strings.HasPrefix(args[0], "-") {
			return nil, fmt.Errorf("unexpected argument %q", args[0])
		}
		name, value, given := strings.Cut(strings.TrimLeft(args[0], "-"), "=")
		name = strings.ReplaceAll(name, "-", "_")
		name = cmp.Or(shortFlags[name], name)
		args = args[1:]
		at := slices.IndexFunc(flagSpecs, func(s flagSpec) bool { return s.name == name })
		if wantsValue(name, at) && !given && len(args) > 0 && !strings.HasPrefix(args[0], "--") {
			value, given, args = args[0], true, args[1:]
		}
		if at < 0 {
			fmt.Fprintf(warn, "sluice: the flag --%s has no effect here\n", name)
			continue
		}
		if err := f.put(flagSpecs[at], value, given); err != nil {
			return nil, err
		}
	}
	f.fromEnvironment(getenv, warn)
	return f, nil
}

func wantsValue(name string, at int) bool {
	if at >= 0 {
		return flagSpecs[at].kind != isSwitch
	}
	takes, known := withoutEffect[name]
	return takes || !known
}

func (f flags) put(s flagSpec, value string, given bool) error {
	switch {
	case s.kind == isSwitch && !given:
		value = "true"
	case !given:
		return fmt.Errorf("--%s needs a value", s.name)
	}
	if err := s.check("--"+s.name, value); err != nil {
		return err
	}
	f[s.name] = value
	return nil
}

func (s flagSpec) check(where, value string) error {
	if n, err := strconv.ParseFloat(value, 64); s.kind == isNumber && (err != nil || math.IsNaN(n) || math.IsInf(n, 0)) {
		return fmt.Errorf("%s must be a number, not %q", where, value)
	}
	if _, err := strconv.ParseBool(value); s.kind == isSwitch && err != nil {
		return fmt.Errorf("%s is true or false, not %q", where, value)
	}
	var object map[string]any
	if s.kind == isObject && json.Unmarshal([]byte(value), &object) != nil {
		return fmt.Errorf("%s must be a JSON object", where) // it may hold a key
	}
	return nil
}

// fromEnvironment is lenient: names like DEBUG and HOST are other programs' too.
func (f flags) fromEnvironment(getenv func(string) (string, bool), warn io.Writer) {
	for _, s := range flagSpecs {
		v, ok := getenv(s.env)
		if s.env == "" || f[s.name] != "" || !ok || v == "" {
			continue
		}
		if err := s.check(s.env, v); err != nil {
			fmt.Fprintf(warn, "sluice: environment variable left out: %v\n", err)
			continue
		}
		f[s.name] = v
	}
}

func flagHelp() string {
	var b strings.Builder
	for _, s := range flagSpecs {
		env := ""
		if s.env != "" {
			env = " [" + s.env + "]"
		}
		fmt.Fprintf(&b, "  --%-18s %s%s\n", s.name, s.help, env)
	}
	return b.String()
}
