package config

import "slices"

var infoFields = table[ModelInfo]{
	set("id", identifier, func(m *ModelInfo) *string { return &m.ID }, "id of the deployment").acts(),
	set("mode", mode, func(m *ModelInfo) *string { return &m.Mode }, "what the model does").acts(),
	set("base_model", words, func(m *ModelInfo) *string { return &m.BaseModel }, "model whose prices and limits apply").acts(),
	set("supported_environments", listOf("a list of environments", oneOf(environments...)),
		func(m *ModelInfo) *[]string { return &m.SupportedEnvironments }, "environments the deployment is active in").guards(ruleOff).acts(),
	set("access_groups", texts, func(m *ModelInfo) *[]string { return &m.AccessGroups }, "groups that keys can be allowed to use").acts(),
	opt("max_tokens", count, func(m *ModelInfo) **int { return &m.MaxTokens }, "tokens a model can take or give").acts(),
	opt("max_input_tokens", count, func(m *ModelInfo) **int { return &m.MaxInputTokens }, "tokens a model can take").acts(),
	opt("max_output_tokens", count, func(m *ModelInfo) **int { return &m.MaxOutputTokens }, "tokens a model can give").acts(),
	known[ModelInfo]("custom_tokenizer", pairs, "Hugging Face tokenizer for token counts").hidden(),
	known[ModelInfo]("team_id", words, "the only team that may use the model").guards(ruleOff),
	known[ModelInfo]("team_public_model_name", words, "name of the model for that team"),
	known[ModelInfo]("health_check_model", words, "model that health checks call instead"),
	known[ModelInfo]("health_check_timeout", seconds, "time a health check may take"),
	known[ModelInfo]("tier", oneOf("free", "paid"), "tier for routing"),
	known[ModelInfo]("version", anything, "shown by /model/info").acts(),
	known[ModelInfo]("db_model", yesNo, "shown by /model/info").acts(),
}

// environments are the values LITELLM_ENVIRONMENT can have.
var environments = []string{"production", "staging", "development"}

var modes = []string{
	"chat", "completion", "embedding", "image_generation", "audio_transcription", "audio_speech", "rerank", "moderation",
	"batch", "realtime", "responses",
}

// identifier reads an id as Python's str() would spell it, so that `id: 1.50` is the same deployment as in LiteLLM.
var identifier = scalarReader("text", func(n *node) (string, bool) { return pythonStr(n), n.isScalar() })

// mode only warns about modes it doesn't know, for there are always newer ones.
var mode = reader[string]{"a mode", func(d *diagnosis, n *node) (string, bool) {
	s, ok := words.read(d, n)
	if ok && !slices.Contains(modes, s) {
		d.warnf(n.place, "unknown mode %s", n.describe()).Suggestion = closest(s, modes)
	}
	return s, ok
}}

// readInfo decodes a model_info; keys without a declaration are echoed by the API and hence fine.
func readInfo(d *diagnosis, n *node) (info ModelInfo) {
	if n == nil {
		return info
	}
	infoFields.decode(d, n, &info, func(e entry) {
		if _, ok := nearest(e.key, infoFields.names()); ok {
			infoFields.refuse(d, e)
		}
	})
	for _, e := range n.entries {
		info.All = append(info.All, param(infoFields, e))
	}
	return info
}

// param records e as /model/info shows it.
func param[T any](t table[T], e entry) Param {
	p := Param{Key: e.key, Value: jsonOf(e.value)}
	switch f := t.find(e.key); {
	case f == nil:
	case f.want == headers.want:
		p.Secret = e.value.holdsSecret()
		return p
	case f.want == endpoint.want:
		p.Secret = maskURL(e.value.text) != e.value.text
		return p
	default:
		p.Secret = f.secret || e.value.holdsSecret()
		return p
	}
	p.Secret = looksSecret(e.key) || e.value.holdsSecret()
	return p
}
