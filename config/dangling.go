package config

import "strings"

// modelNames are the names a request may ask for; complete is false when patterns allow further ones.
type modelNames struct {
	*diagnosis
	names    []string
	complete bool
}

// checkReferences warns about settings that name a model which model_list does not have. It is no error, because a
// database may know the model.
func (b *builder) checkReferences(s *sections) {
	m := modelNames{diagnosis: b.diagnosis, complete: len(b.config.Models) > 0}
	for _, d := range b.config.Models {
		m.names = append(m.names, d.ModelName)
		m.complete = m.complete && !strings.Contains(d.ModelName, "*")
	}
	for _, a := range b.config.Router.Aliases {
		m.names = append(m.names, a.Name)
	}
	for _, key := range []string{"completion_model", "embedding_model", "moderation_model"} {
		m.check(s.general.get(key))
	}
	m.checkAliases(s.router.get("model_group_alias"))
	for _, key := range []string{"fallbacks", "context_window_fallbacks", "content_policy_fallbacks"} {
		m.checkFallbacks(s.litellm.get(key))
		m.checkFallbacks(s.router.get(key))
	}
}

func (m *modelNames) check(n *node) {
	if n == nil || !m.complete || !n.isScalar() || n.text == "" {
		return
	}
	m.checkName(n.place, n.text)
}

func (m *modelNames) checkName(at place, name string) {
	for _, known := range m.names {
		if name == known {
			return
		}
	}
	m.warnf(at, "no model %q in model_list", name).Suggestion = closest(name, m.names)
}

func (m *modelNames) checkAliases(n *node) {
	if n == nil {
		return
	}
	for _, e := range n.entries {
		m.check(e.value)
		m.check(e.value.get("model"))
	}
}

func (m *modelNames) checkFallbacks(n *node) {
	if n == nil || !m.complete {
		return
	}
	for _, item := range n.items {
		for _, e := range item.entries {
			if e.key != "*" {
				m.checkName(e.at(), e.key)
			}
			m.check(e.value)
			for _, to := range e.value.items {
				m.check(to)
			}
		}
	}
}
