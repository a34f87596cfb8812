// Package config reads LiteLLM's config.yaml into one immutable Config and names everything wrong with it by file, line and column.
//
// Reading goes through five steps, each in its own file: source (bytes to YAML, with a true position for every
// syntax error), convert (aliases, merge keys and duplicate keys), include (several files to one tree), environ
// (os.environ/NAME references) and the field tables (types, meaning, what the gateway acts on). Every step
// collects its findings and goes on, so that one run shows all mistakes.
//
// Two liberties are taken with YAML, because published LiteLLM samples need them: a lone asterisk
// ("model_name: *") is the text "*", and an unknown backslash escape in double quotes ("\.") is read as written.
// Neither is valid YAML otherwise. Plain scalars have the type PyYAML gives them (YAML 1.1: yes is true, 1e-6 is text),
// since deployment ids are computed from them.
package config
