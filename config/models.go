package config

import "slices"

// modelReader turns model_list into deployments.
type modelReader struct {
	*diagnosis
	credentials credentials
	environment string
}

// item is one entry of model_list.
type item struct {
	modelName    string
	params, info *node
	rpm, tpm     *int
}

var itemFields = table[item]{
	set("model_name", words, func(i *item) *string { return &i.modelName }, "public name").acts(),
	set("litellm_params", pairs, func(i *item) **node { return &i.params }, "what to call and how").acts(),
	set("model_info", pairs, func(i *item) **node { return &i.info }, "what is known about the model").acts(),
	opt("rpm", count, func(i *item) **int { return &i.rpm }, "requests per minute").acts(),
	opt("tpm", count, func(i *item) **int { return &i.tpm }, "tokens per minute").acts(),
}

func (m *modelReader) read(n *node) []Deployment {
	if n == nil {
		return nil
	}
	var all []Deployment
	for index, n := range n.items {
		for _, d := range m.item(n) {
			d.Index = index
			all = append(all, d)
		}
	}
	return m.unique(all)
}

func (m *modelReader) item(n *node) []Deployment {
	if _, ok := pairs.read(m.diagnosis, n); !ok {
		return nil
	}
	var i item
	itemFields.decode(m.diagnosis, n, &i, m.misplaced)
	if !m.complete(n, &i) {
		return nil
	}
	info := readInfo(m.diagnosis, i.info)
	p := m.params(i.params)
	if p.RPM == nil {
		p.RPM = i.rpm
	}
	if p.TPM == nil {
		p.TPM = i.tpm
	}
	if info.SupportedEnvironments != nil && !m.active(i.info.get("supported_environments"), info.SupportedEnvironments) {
		return nil
	}
	return m.perOrganization(Deployment{ModelName: i.modelName, Params: p.Params, Info: info, Pos: n.Pos}, p.organizations, i.params)
}

// misplaced warns about an unknown key of an item; most are litellm_params one level too high.
func (m *modelReader) misplaced(e entry) {
	if paramFields.find(e.key) != nil {
		m.warnf(e.at(), "ignored here").Suggestion = "litellm_params." + e.key
		return
	}
	itemFields.refuse(m.diagnosis, e)
}

// complete reports whether the item has what a deployment needs. What is null because of an unset variable, or has a
// wrong type, was reported before.
func (m *modelReader) complete(n *node, i *item) bool {
	m.need(n, "model_name")
	m.need(n, "litellm_params")
	if i.params == nil {
		return false
	}
	m.need(i.params, "model")
	return true
}

func (m *modelReader) need(n *node, key string) {
	switch value := n.get(key); {
	case value == nil:
		m.errorf(n.place, "%s is missing", key)
	case value.kind == null && value.env == "", value.kind == text && value.text == "":
		m.errorf(value.place, "%s is empty", key)
	}
}

func (m *modelReader) params(n *node) draft {
	var p draft
	m.credentials.fill(m.diagnosis, &p, n.get("litellm_credential_name"))
	paramFields.decode(m.diagnosis, n, &p, func(e entry) { p.keepUnknown(m.diagnosis, e) })
	if p.baseURL != "" && p.APIBase != "" && n.get("base_url") != nil && n.get("api_base") != nil {
		m.warnf(n.get("api_base").place, "ignored, since base_url is set too")
	}
	p.settle()
	p.Defaults = p.defaults.raw()
	for _, e := range n.entries {
		p.All = append(p.All, param(paramFields, e))
	}
	return p
}

// settle moves what has two names to its one place.
func (p *draft) settle() {
	if p.baseURL != "" {
		p.APIBase, p.baseURL = p.baseURL, ""
	}
	p.ExtraHeaders = mergeHeaders(p.ExtraHeaders, mergeHeaders(p.headers, p.extraHeaders))
	p.headers, p.extraHeaders = nil, nil
}

// active applies model_info.supported_environments.
func (m *modelReader) active(at *node, supported []string) bool {
	switch {
	case m.environment == "":
		m.errorf(at.place, "LITELLM_ENVIRONMENT must be set to use supported_environments")
	case !slices.Contains(environments, m.environment):
		m.errorf(at.place, "LITELLM_ENVIRONMENT is %q, not one of production, staging, development", m.environment).Suggestion =
			closest(m.environment, environments)
	case slices.Contains(supported, m.environment):
		return true
	default:
		m.noticef(at.place, "deployment left out: LITELLM_ENVIRONMENT is %s", m.environment)
	}
	return false
}
