package config

// Config is what the config files say, checked and resolved. It must not be modified: running parts share it.
type Config struct {
	Path  string   // as given to Load or Parse
	Files []string // every file read, the outermost first, for Watch

	Models       []Deployment
	Credentials  []Credential
	LiteLLM      LiteLLM
	General      General
	Router       Router
	Plugins      []Plugin
	Guardrails   []Guardrail
	PluginPolicy PluginPolicy
	Redis        *Redis // nil = each instance is alone

	// EnvironmentVariables is for the process environment, where a variable already set wins. References in the
	// files are resolved against both already. Whoever loads a config again after exporting these must give Options
	// the environment from before, or the old values win.
	EnvironmentVariables map[string]string

	// Findings are sorted by position. They include errors only when Load failed.
	Findings []Finding
}
