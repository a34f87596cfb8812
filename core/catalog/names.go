package catalog

// Names lists the models that a provider, by LiteLLM's name for it, is known to have; nil for an unknown provider.
func Names(provider string) []string {
	l := prices().list(provider)
	if l == nil {
		return nil
	}
	names := make([]string, len(l.models))
	for i := range l.models {
		names[i] = l.models[i].ID
	}
	return names
}
