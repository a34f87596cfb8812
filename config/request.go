package config

import "encoding/json"

// requestFields are the request parameters whose type is known. They become defaults of the request body; so do keys
// that no table knows.
var requestFields = table[draft]{
	ask("temperature", amount), ask("top_p", amount), ask("top_k", anyReal), ask("min_p", amount), ask("top_a", amount),
	ask("presence_penalty", anyReal), ask("frequency_penalty", anyReal), ask("repetition_penalty", anyReal),
	ask("n", count), ask("best_of", count), ask("seed", anyInt),
	ask("max_tokens", count), ask("max_completion_tokens", count), ask("max_output_tokens", count),
	ask("stop", anything), ask("stream", yesNo), ask("stream_options", pairs), ask("suffix", words), ask("echo", yesNo),
	ask("logit_bias", pairs), ask("logprobs", anything), ask("top_logprobs", count), ask("user", words),
	ask("tools", sequence), ask("tool_choice", anything), ask("parallel_tool_calls", yesNo),
	ask("functions", sequence), ask("function_call", anything), ask("response_format", anything),
	ask("modalities", texts), ask("audio", pairs), ask("prediction", pairs), ask("store", yesNo),
	ask("service_tier", words), ask("reasoning_effort", anything), ask("reasoning", pairs), ask("thinking", pairs),
	ask("verbosity", words), ask("web_search_options", pairs), ask("safety_identifier", words), ask("prompt_cache_key", words),
	ask("safety_settings", sequence), ask("transforms", texts), ask("provider", pairs),
	ask("encoding_format", words), ask("dimensions", count), ask("input_type", words), ask("truncate", words),
	ask("size", words), ask("quality", words), ask("style", words), ask("voice", anything), ask("speed", amount),
	ask("language", words),
}

// ask declares a request parameter.
func ask[V any](name string, r reader[V]) field[draft] {
	return field[draft]{name: name, want: r.want, doc: "request parameter", acted: true, read: func(d *diagnosis, n *node, p *draft) {
		if v, ok := r.read(d, n); ok {
			p.defaults.set(name, parameterJSON(v, n))
		}
	}}
}

// parameterJSON writes numbers and booleans as such even when an environment variable gave them as text.
func parameterJSON(v any, n *node) json.RawMessage {
	switch v.(type) {
	case bool, int, float64, []string:
		if raw, err := json.Marshal(v); err == nil {
			return raw
		}
	case string:
		return textJSON(n.text)
	}
	return jsonOf(n)
}

// keepUnknown takes a key no table knows for a parameter of the provider. What looks like a credential stays out of
// the request, because plugins see that.
func (p *draft) keepUnknown(d *diagnosis, e entry) {
	if e.value.kind == null {
		return
	}
	if near, ok := nearest(e.key, paramFields.names()); ok {
		d.warnf(e.at(), "unknown key, sent as a request parameter").Suggestion = near.text
	}
	if looksSecret(e.key) {
		d.warnf(e.at(), "unknown key that looks like a credential, not sent")
		return
	}
	p.defaults.set(e.key, jsonOf(e.value))
}
