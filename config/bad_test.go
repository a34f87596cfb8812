package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// badFiles has what each file in testdata/bad must be told. Every file has one mistake.
var badFiles = map[string]string{
	"alias_cycle":            `alias_cycle.bad.yml:2:10: error: x-loop.again.again: alias "loop" contains itself`,
	"alias_empty":            `alias_empty.bad.yml:2:30: error: router_settings.model_group_alias.gpt-4: the alias names no model`,
	"alias_key":              `alias_key.bad.yml:5:44: warning: router_settings.model_group_alias.gpt-4.hiden: unknown key, ignored (did you mean "hidden"?)`,
	"alias_target":           `alias_target.bad.yml:5:30: warning: router_settings.model_group_alias.gpt-4: no model "chatt" in model_list (did you mean "chat"?)`,
	"allowed_ip":             `allowed_ip.bad.yml:2:3: error: general_settings.allowed_ip: unknown key; ignoring it could switch off a protection (did you mean "allowed_ips"?)`,
	"allowed_route":          `allowed_route.bad.yml:2:3: error: general_settings.allowed_route: unknown key; ignoring it could switch off a protection (did you mean "allowed_routes"?)`,
	"api_key_list":           `api_key_list.bad.yml:3:53: error: model_list[0].litellm_params.api_key: expected text, found a list`,
	"at_sign":                "at_sign.bad.yml:2:3: error: not valid YAML: found character that cannot start any token: text that begins with @, ` or % must be quoted, and tabs cannot indent",
	"billion_laughs":         `billion_laughs.bad.yml:1:14: error: aliases expand to more than 100000 values`,
	"callback":               `callback.bad.yml:2:3: error: litellm_settings.callback: unknown key; ignoring it could switch off a protection (did you mean "callbacks"?)`,
	"client_side_pattern":    `client_side_pattern.bad.yml:5:56: error: model_list[0].litellm_params.configurable_clientside_auth_params[0].api_base: expected a regular expression (RE2 syntax), found "^https://(?!evil)"`,
	"colon_in_text":          `colon_in_text.bad.yml:2:3: error: not valid YAML: mapping values are not allowed in this context: is the indentation right, and is text that contains ": " quoted?`,
	"credential_info":        `credential_info.bad.yml:2:5: warning: credential_list[0]: credential_info is missing; LiteLLM requires it, even if it is empty`,
	"credential_values":      `credential_values.bad.yml:2:5: error: credential_list[0]: credential_name and credential_values are required`,
	"depth":                  `depth.bad.yml:1:73: error: nested deeper than 64 levels`,
	"drop_params_text":       `drop_params_text.bad.yml:3:57: error: model_list[0].litellm_params.drop_params: expected true or false, found "perhaps"`,
	"duplicate_key":          `duplicate_key.bad.yml:4:3: error: general_settings.block_robots: key "block_robots" is already set on line 2`,
	"duplicate_section":      `duplicate_section.bad.yml:2:1: error: litellm_settings: key "litellm_settings" is already set on line 1`,
	"empty":                  `empty.bad.yml:1:1: error: the file is empty`,
	"enforced_param":         `enforced_param.bad.yml:2:3: error: general_settings.enforce_params: unknown key; ignoring it could switch off a protection (did you mean "enforced_params"?)`,
	"environment":            `environment.bad.yml:4:55: error: model_list[0].model_info.supported_environments[1]: expected one of production, staging, development, found "stagin" (did you mean "staging"?)`,
	"guard_again":            `guard_again.bad.yml:3:5: error: guardrails[1]: guardrail_name "words" is already used on line 2`,
	"guard_api_base":         `guard_api_base.bad.yml:3:59: error: guardrails[0].litellm_params.api_base: guards are plugins here: where a plugin's service is, and its key, belong under plugins.NAME.upstreams`,
	"guard_default_on":       `guard_default_on.bad.yml:3:61: error: guardrails[0].litellm_params.defaults_on: unknown key (did you mean "default_on"?)`,
	"guard_key":              `guard_key.bad.yml:3:5: error: guardrails[0].litellm_param: unknown key (did you mean "litellm_params"?)`,
	"guard_mode":             `guard_mode.bad.yml:3:62: error: guardrails[0].litellm_params.mode[1]: expected one of pre_call, during_call, post_call, logging_only, found "post-call" (did you mean "post_call"?)`,
	"guard_name":             `guard_name.bad.yml:2:5: error: guardrails[0]: guardrail_name and litellm_params are required`,
	"guard_no_mode":          `guard_no_mode.bad.yml:2:45: error: guardrails[0].litellm_params: mode is required`,
	"guard_secret":           `guard_secret.bad.yml:3:87: error: guardrails[0].litellm_params.settings.service_token: this looks like a credential; a plugin sees its settings, so no credential may be among them: use upstreams.NAME.api_key`,
	"guard_text":             `guard_text.bad.yml:1:14: error: guardrails[0]: expected a mapping, found "words"`,
	"guards":                 `guards.bad.yml:1:1: error: guardrail: unknown key; ignoring it could switch off a protection (did you mean "guardrails"?)`,
	"header_break":           `header_break.bad.yml:3:60: error: model_list[0].litellm_params.extra_headers.x-a: a header must not hold line breaks or zero bytes`,
	"headers_list":           `headers_list.bad.yml:3:59: error: model_list[0].litellm_params.extra_headers: expected a mapping, found a list`,
	"include_cycle":          `include_cycle.bad.yml:1:11: error: include[0]: include_cycle.bad.yml includes itself`,
	"include_missing":        `include_missing.bad.yml:1:11: error: include[0]: read config: open nowhere.yaml: no such file or directory`,
	"include_replaces":       `parts/plain.yaml:1:1: error: general_settings: replaces the section of include_replaces.bad.yml:1 and so drops its master_key`,
	"include_syntax":         `parts/broken.yaml:1:1: error: not valid YAML: did not find expected node content: is a value missing, or a bracket open?`,
	"include_text":           `include_text.bad.yml:1:10: error: include: expected text, found a mapping`,
	"include_twice":          `include_twice.bad.yml:1:29: warning: include[1]: parts/plain.yaml is already included`,
	"include_value":          `parts/value.yaml:3:54: error: model_list[1].litellm_params.rpm: expected a whole number, 0 or more, found "fast"`,
	"indentation":            `indentation.bad.yml:5:6: error: not valid YAML: did not find expected key: is the line indented like its neighbours?`,
	"item_key":               `item_key.bad.yml:4:5: warning: model_list[0].model_inf: unknown key, ignored (did you mean "model_info"?)`,
	"item_text":              `item_text.bad.yml:2:5: error: model_list[0]: expected a mapping, found "chat"`,
	"key_header":             `key_header.bad.yml:2:28: error: general_settings.litellm_key_header_name: expected a header name, found "X Key"`,
	"key_is_list":            `key_is_list.bad.yml:2:3: error: general_settings: a key must be text`,
	"master_key":             `master_key.bad.yml:2:3: error: general_settings.master_kye: unknown key; ignoring it could switch off a protection (did you mean "master_key"?)`,
	"master_key_dash":        `master_key_dash.bad.yml:2:3: error: general_settings.Master-Key: unknown key; ignoring it could switch off a protection (did you mean "master_key"?)`,
	"master_key_list":        `master_key_list.bad.yml:2:15: error: general_settings.master_key: expected text, found a list`,
	"master_key_unset":       `master_key_unset.bad.yml:2:15: error: general_settings.master_key: environment variable UNSET is not set`,
	"merge_text":             `merge_text.bad.yml:1:9: error: general_settings: only a mapping or a list of mappings can be merged with <<`,
	"merge_twice":            `merge_twice.bad.yml:4:3: error: general_settings: << is already used on line 3: merge a list of mappings`,
	"missing_colon":          `missing_colon.bad.yml:2:3: error: general_settings: expected a mapping, found "block_robots"`,
	"missing_model":          `missing_model.bad.yml:5:21: warning: general_settings.completion_model: no model "chet" in model_list (did you mean "chat"?)`,
	"misspelt_param":         `misspelt_param.bad.yml:3:44: warning: model_list[0].litellm_params.temperatur: unknown key, sent as a request parameter (did you mean "temperature"?)`,
	"mode":                   `mode.bad.yml:4:24: warning: model_list[0].model_info.mode: unknown mode "chatt" (did you mean "chat"?)`,
	"model_empty":            `model_empty.bad.yml:4:13: error: model_list[0].litellm_params.model: model is empty`,
	"model_list_mapping":     `model_list_mapping.bad.yml:2:3: error: model_list: expected a list, found a mapping`,
	"model_unset":            `model_unset.bad.yml:3:29: error: model_list[0].litellm_params.model: environment variable UNSET is not set`,
	"no_model":               `no_model.bad.yml:3:21: error: model_list[0].litellm_params: model is missing`,
	"no_model_name":          `no_model_name.bad.yml:2:5: error: model_list[0]: model_name is missing`,
	"no_organization":        `no_organization.bad.yml:3:58: error: model_list[0].litellm_params.organization: the list of organizations is empty`,
	"no_params":              `no_params.bad.yml:2:5: error: model_list[0]: litellm_params is missing`,
	"no_variable":            `no_variable.bad.yml:3:53: error: model_list[0].litellm_params.api_key: os.environ/ names no variable`,
	"not_a_mapping":          `not_a_mapping.bad.yml:1:1: error: expected a mapping of sections like model_list, found a list`,
	"oidc":                   `oidc.bad.yml:3:59: error: model_list[0].litellm_params.azure_ad_token: oidc/google/ references are not supported yet`,
	"params_beside_name":     `params_beside_name.bad.yml:4:5: warning: model_list[0].api_base: ignored here (did you mean "litellm_params.api_base"?)`,
	"plugin_fail":            `plugin_fail.bad.yml:2:22: error: plugins.word_guard.fail: expected one of open, closed, found "close" (did you mean "closed"?)`,
	"plugin_hash":            `plugin_hash.bad.yml:2:24: error: plugins.word_guard.sha256: expected a SHA-256 of 64 hex digits, found "9f86d081"`,
	"plugin_header":          `plugin_header.bad.yml:2:26: error: plugins.word_guard.headers[0]: expected a header name, found "x trace"`,
	"plugin_key":             `plugin_key.bad.yml:2:16: error: plugins.word_guard.setting: unknown key (did you mean "settings"?)`,
	"plugin_kv":              `plugin_kv.bad.yml:2:20: error: plugins.word_guard.kv: expected a whole number, 0 or more, found "1 MB"`,
	"plugin_limit":           `plugin_limit.bad.yml:2:33: error: plugins.word_guard.limits.memory: expected a whole number above 0, found "0"`,
	"plugin_limit_key":       `plugin_limit_key.bad.yml:2:25: error: plugins.word_guard.limits.memori: unknown key (did you mean "memory"?)`,
	"plugin_policy":          `plugin_policy.bad.yml:1:23: error: plugin_policy.lock: expected one of off, required, found "on"`,
	"plugin_policy_key":      `plugin_policy_key.bad.yml:1:17: error: plugin_policy.signature: unknown key (did you mean "signatures"?)`,
	"plugin_role":            `plugin_role.bad.yml:2:29: error: plugins.word_guard.text[1]: expected one of system, user, assistant, tool, found "tools" (did you mean "tool"?)`,
	"plugin_secret":          `plugin_secret.bad.yml:3:35: error: plugins.word_guard.settings.service.api_key: this looks like a credential; a plugin sees its settings, so no credential may be among them: use upstreams.NAME.api_key`,
	"plugin_secret_variable": `plugin_secret_variable.bad.yml:3:24: error: plugins.word_guard.settings.words[0]: the variable OPENAI_API_KEY looks like a credential; a plugin sees its settings, so no credential may be among them: use upstreams.NAME.api_key`,
	"plugin_settings":        `plugin_settings.bad.yml:2:26: error: plugins.word_guard.settings: expected a mapping, found a list`,
	"plugin_text":            `plugin_text.bad.yml:2:15: error: plugins.word_guard: expected a mapping, found "on"`,
	"plugin_upstream_key":    `plugin_upstream_key.bad.yml:2:35: error: plugins.moderator.upstreams.judge.api_base: unknown key`,
	"plugin_url":             `plugin_url.bad.yml:2:40: error: plugins.moderator.upstreams.judge.url: expected a URL with http:// or https://, found "judge.example"`,
	"plugins_list":           `plugins_list.bad.yml:1:10: error: plugins: expected a mapping, found a list`,
	"retries":                `retries.bad.yml:2:16: error: litellm_settings.num_retries: expected a whole number, 0 or more, found "-3"`,
	"rpm_fraction":           `rpm_fraction.bad.yml:3:49: error: model_list[0].litellm_params.rpm: expected a whole number, 0 or more, found "1.5"`,
	"rpm_text":               `rpm_text.bad.yml:5:12: error: model_list[0].litellm_params.rpm: expected a whole number, 0 or more, found "many"`,
	"same_credential":        `same_credential.bad.yml:5:5: error: credential_list[1]: credential_name "azure-eu" is already used on line 2`,
	"same_id":                `same_id.bad.yml:5:5: warning: model_list[1]: has the deployment id of model_list[0] and replaces it: one`,
	"same_organization":      `same_organization.bad.yml:3:58: warning: model_list[0].litellm_params.organization: organization "org-1" is listed twice`,
	"second_document":        `second_document.bad.yml:2:1: error: a second YAML document begins here; a config file has only one`,
	"section":                `section.bad.yml:1:1: error: general_setings: unknown key; ignoring it could switch off a protection (did you mean "general_settings"?)`,
	"section_list":           `section_list.bad.yml:2:3: error: general_settings: expected a mapping, found a list`,
	"setting_text":           `setting_text.bad.yml:2:16: error: litellm_settings.drop_params: expected true or false, found "si"`,
	"size":                   `size.bad.yml:2:24: error: general_settings.max_request_size_mb: expected a number, 0 or more, found "10 MB"`,
	"star_prefix":            `star_prefix.bad.yml:2:17: error: not valid YAML: unknown anchor: text that begins with * must be quoted`,
	"supported_environment":  `supported_environment.bad.yml:4:18: error: model_list[0].model_info.supported_environment: unknown key; ignoring it could switch off a protection (did you mean "supported_environments"?)`,
	"tab":                    "tab.bad.yml:2:2: error: not valid YAML: found character that cannot start any token: text that begins with @, ` or % must be quoted, and tabs cannot indent",
	"tag":                    `tag.bad.yml:2:21: error: general_settings.completion_model: YAML tags are not supported: text that begins with ! must be quoted`,
	"temperature_text":       `temperature_text.bad.yml:3:57: error: model_list[0].litellm_params.temperature: expected a number, 0 or more, found "warm"`,
	"timeout_unit":           `timeout_unit.bad.yml:3:53: error: model_list[0].litellm_params.timeout: expected a number of seconds, 0 or more, found "10s"`,
	"timeout_variable":       `timeout_variable.bad.yml:3:53: error: model_list[0].litellm_params.timeout: expected a number of seconds, 0 or more, found the value of OPENAI_API_KEY`,
	"tpm_negative":           `tpm_negative.bad.yml:3:10: error: model_list[0].tpm: expected a whole number, 0 or more, found "-1"`,
	"unclosed_bracket":       `unclosed_bracket.bad.yml:2:3: error: not valid YAML: did not find expected ',' or ']': is a bracket or comma missing?`,
	"unclosed_quote":         `unclosed_quote.bad.yml:2:3: error: not valid YAML: found unexpected end of stream: is a quote missing?`,
	"unknown_anchor":         `unknown_anchor.bad.yml:3:21: error: not valid YAML: unknown anchor: text that begins with * must be quoted`,
	"unknown_credential":     `unknown_credential.bad.yml:3:68: error: model_list[0].litellm_params.litellm_credential_name: credential_list has no credential "azure_eu" (did you mean "azure-eu"?)`,
	"unknown_section":        `unknown_section.bad.yml:1:1: warning: model_groups: unknown key, ignored`,
	"unknown_setting":        `unknown_setting.bad.yml:2:3: warning: general_settings.database_connection_pool: unknown key, ignored (did you mean "database_connection_pool_limit"?)`,
	"unset_item":             `unset_item.bad.yml:7:11: warning: model_list[0].litellm_params.stop[1]: environment variable UNSET is not set: the value is null`,
	"variable_list":          `variable_list.bad.yml:2:10: error: environment_variables.NAMES: expected text, found a list`,
}

func TestBadFiles(t *testing.T) {
	for name, want := range badFiles {
		t.Run(name, func(t *testing.T) {
			c, err := Load("testdata/bad/"+name+".bad.yml", testOptions())
			got := remarks(c)
			if strings.Join(got, "\n") != want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n"), want)
			}
			var list *Errors
			if isError := strings.Contains(want, ": error: "); errors.As(err, &list) != isError {
				t.Errorf("Load returned %v", err)
			}
		})
	}
}

func TestEveryBadFileIsTested(t *testing.T) {
	files, err := os.ReadDir("testdata/bad")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name, isCase := strings.CutSuffix(filepath.Base(f.Name()), ".bad.yml")
		if _, ok := badFiles[name]; isCase && !ok {
			t.Errorf("no expectation for %s", f.Name())
		}
	}
}

// remarks returns the errors and warnings.
func remarks(c *Config) []string {
	var all []string
	for _, f := range c.Findings {
		if f.Level != Notice {
			all = append(all, strings.ReplaceAll(f.String(), "testdata/bad/", ""))
		}
	}
	return all
}
