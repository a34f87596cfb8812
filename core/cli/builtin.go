package cli

import (
	"cmp"
	"encoding/json"
	"strconv"
)

// demoConfig is served when there is no configuration: one model that needs no account and no network.
var demoConfig = []byte(`model_list:
  - model_name: demo
    litellm_params:
      model: demo/demo
general_settings:
  moderation_model: demo
`)

// modelConfig is the configuration that --model and its companions stand for. JSON is YAML.
func modelConfig(f flags) []byte {
	params := map[string]any{"model": f["model"]}
	for _, name := range []string{"api_base", "api_version"} {
		if f[name] != "" {
			params[name] = f[name]
		}
	}
	for _, name := range []string{"temperature", "max_tokens"} {
		if n, err := strconv.ParseFloat(f[name], 64); err == nil {
			params[name] = n
		}
	}
	if f["headers"] != "" {
		params["extra_headers"] = json.RawMessage(f["headers"])
	}
	c := map[string]any{"model_list": []any{map[string]any{
		"model_name": cmp.Or(f["alias"], f["model"]), "litellm_params": params,
	}}}
	settings := map[string]any{}
	if n, err := strconv.ParseFloat(f["request_timeout"], 64); err == nil {
		settings["request_timeout"] = n
	}
	if f.on("drop_params") {
		settings["drop_params"] = true
	}
	c["litellm_settings"] = settings
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // of text, numbers and JSON that was checked
	}
	return text
}
