package config

import "encoding/json"

// Credential is one entry of credential_list. Values and Info are in file order.
type Credential struct {
	Name   string
	Values []Param // what a deployment that names the credential gets
	Info   json.RawMessage
	Pos    Pos

	values *node
}

// credentials are the entries of credential_list by name.
type credentials []Credential

type credentialDraft struct {
	name         string
	values, info *node
}

var credentialFields = table[credentialDraft]{
	set("credential_name", words, func(c *credentialDraft) *string { return &c.name }, "name that litellm_credential_name refers to").acts(),
	set("credential_values", pairs, func(c *credentialDraft) **node { return &c.values }, "litellm_params to fill in").acts(),
	set("credential_info", pairs, func(c *credentialDraft) **node { return &c.info }, "notes").acts(),
}

func readCredentials(d *diagnosis, n *node) credentials {
	if n == nil {
		return nil
	}
	var all credentials
	for _, item := range n.items {
		c, ok := readCredential(d, item)
		if !ok {
			continue
		}
		if first := all.find(c.Name); first != nil {
			d.errorf(item.place, "credential_name %q is already used on line %d", c.Name, first.Pos.Line)
			continue
		}
		all = append(all, c)
	}
	return all
}

func readCredential(d *diagnosis, n *node) (Credential, bool) {
	var c credentialDraft
	if _, ok := pairs.read(d, n); !ok {
		return Credential{}, false
	}
	credentialFields.section(d, n, &c)
	if c.info == nil {
		d.warnf(n.place, "credential_info is missing; LiteLLM requires it, even if it is empty")
		c.info = &node{kind: mapping}
	}
	if c.name == "" || c.values == nil {
		d.errorf(n.place, "credential_name and credential_values are required")
		return Credential{}, false
	}
	credential := Credential{Name: c.name, Info: jsonOf(c.info), Pos: n.Pos, values: c.values}
	for _, e := range c.values.entries {
		credential.Values = append(credential.Values, param(paramFields, e))
	}
	return credential, true
}

func (c credentials) find(name string) *Credential {
	for i := range c {
		if c[i].Name == name {
			return &c[i]
		}
	}
	return nil
}

// fill decodes the credential that reference names into p, before the deployment's own params, which win.
func (c credentials) fill(d *diagnosis, p *draft, reference *node) {
	if reference == nil || reference.kind == null || !reference.isScalar() {
		return
	}
	found := c.find(reference.text)
	if found == nil {
		names := make([]string, len(c))
		for i := range c {
			names[i] = c[i].Name
		}
		d.errorf(reference.place, "credential_list has no credential %q", reference.text).Suggestion = closest(reference.text, names)
		return
	}
	paramFields.decode(d, found.values, p, func(e entry) {
		d.warnf(e.at(), "not a known credential, ignored").Suggestion = suggestion(e.key, paramFields.names())
	})
	p.settle()
}
