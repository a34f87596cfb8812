package app

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/hostabi"
)

// checkSettings compares settings with the manifest's schema. at leads to them, or to what stands in for them.
func checkSettings(m *hostabi.Manifest, settings json.RawMessage, at config.Ref) []config.Finding {
	if m.Settings == nil {
		if settings == nil {
			return nil
		}
		return []config.Finding{at.KeyFinding(config.Error, "plugin %s has no settings", m.Name)}
	}
	schema, err := compileSchema(m)
	if err != nil {
		return []config.Finding{at.Finding(config.Error, "%s", err)}
	}
	if settings == nil {
		settings = json.RawMessage("{}")
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(settings))
	if err != nil {
		return []config.Finding{at.Finding(config.Error, "read settings: %s", err)}
	}
	var invalid *jsonschema.ValidationError
	if err := schema.Validate(value); errors.As(err, &invalid) {
		return violations(m, invalid, at)
	} else if err != nil {
		return []config.Finding{at.Finding(config.Error, "check settings: %s", err)}
	}
	return nil
}

// closedLoader keeps schemas, which are strangers' texts, from reading files.
type closedLoader struct{}

func (closedLoader) Load(url string) (any, error) {
	return nil, fmt.Errorf("a plugin's schema may not refer to %s", url)
}

func compileSchema(m *hostabi.Manifest) (*jsonschema.Schema, error) {
	text, err := json.Marshal(m.Settings)
	if err != nil {
		return nil, fmt.Errorf("schema of plugin %s: %w", m.Name, err)
	}
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("schema of plugin %s: %w", m.Name, err)
	}
	const name = "sluice:///settings.json"
	c := jsonschema.NewCompiler()
	c.UseLoader(closedLoader{})
	c.AssertFormat()
	if err := c.AddResource(name, document); err != nil {
		return nil, fmt.Errorf("schema of plugin %s: %w", m.Name, err)
	}
	schema, err := c.Compile(name)
	if err != nil {
		return nil, fmt.Errorf("schema of plugin %s: %w", m.Name, err)
	}
	return schema, nil
}

// violations makes a finding of each thing that is wrong: the innermost causes.
func violations(m *hostabi.Manifest, e *jsonschema.ValidationError, at config.Ref) []config.Finding {
	if len(e.Causes) > 0 && !isChoice(e.ErrorKind) {
		var all []config.Finding
		for _, cause := range e.Causes {
			all = append(all, violations(m, cause, at)...)
		}
		return all
	}
	place := at.To(e.InstanceLocation...)
	if unknown, ok := e.ErrorKind.(*kind.AdditionalProperties); ok {
		var all []config.Finding
		for _, key := range unknown.Properties {
			all = append(all, place.To(key).KeyFinding(config.Error, "plugin %s has no such setting", m.Name).Meaning(key, properties(m, e.InstanceLocation)))
		}
		return all
	}
	return []config.Finding{place.Finding(config.Error, "plugin %s: %s", m.Name, sentence(e))}
}

// isChoice reports whether a value failed to be one of several things, of which none was meant for sure.
func isChoice(k jsonschema.ErrorKind) bool {
	switch k.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return true
	}
	return false
}

var english = message.NewPrinter(language.English)

func sentence(e *jsonschema.ValidationError) string {
	if missing, ok := e.ErrorKind.(*kind.Required); ok {
		return "settings lack " + strings.Join(missing.Missing, ", ")
	}
	return e.ErrorKind.LocalizedString(english)
}

// properties are the names that the schema has for the members of the settings, which only the outermost object's are
// looked up for.
func properties(m *hostabi.Manifest, location []string) []string {
	known, _ := m.Settings["properties"].(map[string]any)
	if len(location) > 0 {
		return nil
	}
	var names []string
	for name := range known {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
