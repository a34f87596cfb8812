package pack

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
)

// schemaTypes are those of JSON Schema.
var schemaTypes = []any{"null", "boolean", "object", "array", "number", "string", "integer"}

// Members of a schema whose value is a schema, a list of them, or an object of them.
var (
	schemaOne  = []string{"additionalProperties", "items", "contains", "not", "if", "then", "else", "propertyNames", "unevaluatedProperties", "unevaluatedItems"}
	schemaList = []string{"allOf", "anyOf", "oneOf", "prefixItems"}
	schemaMap  = []string{"properties", "patternProperties", "$defs", "dependentSchemas"}
)

// checkSettings refuses what can't be the JSON Schema of an object. It looks at the structure only; whoever compiles the
// schema finds the rest.
func checkSettings(m *hostabi.Manifest) error {
	if m.Settings == nil {
		return nil
	}
	if _, err := json.Marshal(m.Settings); err != nil {
		return fmt.Errorf("settings can't be written as JSON: %w", err)
	}
	if t, ok := m.Settings["type"]; ok && t != "object" {
		return fmt.Errorf("settings.type %v must be object", t)
	}
	return checkSchema("settings", m.Settings)
}

func checkSchema(at string, schema any) error {
	if _, ok := schema.(bool); ok {
		return nil
	}
	members, ok := schema.(map[string]any)
	if !ok {
		return fmt.Errorf("%s must be a schema: an object, true or false", at)
	}
	if err := checkType(at, members); err != nil {
		return err
	}
	for _, name := range schemaOne {
		if inner, ok := members[name]; ok {
			if err := checkSchema(at+"."+name, inner); err != nil {
				return err
			}
		}
	}
	for _, name := range schemaList {
		if err := checkSchemas(at+"."+name, members[name]); err != nil {
			return err
		}
	}
	for _, name := range schemaMap {
		if err := checkProperties(at+"."+name, members[name]); err != nil {
			return err
		}
	}
	return checkRequired(at, members)
}

func checkType(at string, members map[string]any) error {
	t, ok := members["type"]
	if !ok {
		return nil
	}
	list, isList := t.([]any)
	if !isList {
		list = []any{t}
	}
	for _, name := range list {
		if text, ok := name.(string); !ok || !slices.Contains(schemaTypes, any(text)) {
			return fmt.Errorf("%s.type: %v is not a type of JSON Schema", at, name)
		}
	}
	return nil
}

func checkSchemas(at string, value any) error {
	if value == nil {
		return nil
	}
	list, ok := value.([]any)
	if !ok || len(list) == 0 {
		return fmt.Errorf("%s must be a list of schemas", at)
	}
	for i, inner := range list {
		if err := checkSchema(fmt.Sprintf("%s[%d]", at, i), inner); err != nil {
			return err
		}
	}
	return nil
}

func checkProperties(at string, value any) error {
	if value == nil {
		return nil
	}
	members, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s must be an object of schemas", at)
	}
	for name, inner := range members {
		if err := checkSchema(at+"."+name, inner); err != nil {
			return err
		}
	}
	return nil
}

func checkRequired(at string, members map[string]any) error {
	value, ok := members["required"]
	if !ok {
		return nil
	}
	list, ok := value.([]any)
	if !ok {
		return fmt.Errorf("%s.required must be a list of names", at)
	}
	for _, name := range list {
		if _, ok := name.(string); !ok {
			return fmt.Errorf("%s.required: %v is not a name", at, name)
		}
	}
	return nil
}
