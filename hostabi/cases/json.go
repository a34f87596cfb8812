package cases

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"

	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// JSON is any value, written in YAML and kept as JSON. Members stay in their order and numbers as they are written.
type JSON []byte

// MarshalJSON returns the value itself.
func (j JSON) MarshalJSON() ([]byte, error) { return j, nil }

// UnmarshalJSON takes a copy of the value.
func (j *JSON) UnmarshalJSON(text []byte) error {
	*j = append((*j)[:0], text...)
	return nil
}

// UnmarshalYAML turns YAML into JSON.
func (j *JSON) UnmarshalYAML(n *yaml.Node) error {
	b, err := appendNode(nil, n)
	*j = b
	return err
}

// Source returns the document that the value stands for: a string's text, or the value itself.
func (j JSON) Source() []byte {
	if s, ok := j.text(); ok {
		return []byte(s)
	}
	return j
}

// text returns a string's text.
func (j JSON) text() (string, bool) {
	var s string
	if len(j) == 0 || j[0] != '"' || json.Unmarshal(j, &s) != nil {
		return "", false
	}
	return s, true
}

func appendNode(b []byte, n *yaml.Node) ([]byte, error) {
	switch n.Kind {
	case yaml.MappingNode:
		return appendMapping(b, n)
	case yaml.SequenceNode:
		return appendSequence(b, n)
	case yaml.ScalarNode:
		return appendScalar(b, n)
	}
	return b, fmt.Errorf("line %d: aliases are not for cases", n.Line)
}

func appendMapping(b []byte, n *yaml.Node) (_ []byte, err error) {
	b = append(b, '{')
	for i := 0; i+1 < len(n.Content); i += 2 {
		if i > 0 {
			b = append(b, ',')
		}
		key := n.Content[i]
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			return b, fmt.Errorf("line %d: a key must be a text", key.Line)
		}
		b = append(appendText(b, key.Value), ':')
		if b, err = appendNode(b, n.Content[i+1]); err != nil {
			return b, err
		}
	}
	return append(b, '}'), nil
}

func appendSequence(b []byte, n *yaml.Node) (_ []byte, err error) {
	b = append(b, '[')
	for i, e := range n.Content {
		if i > 0 {
			b = append(b, ',')
		}
		if b, err = appendNode(b, e); err != nil {
			return b, err
		}
	}
	return append(b, ']'), nil
}

func appendScalar(b []byte, n *yaml.Node) ([]byte, error) {
	switch n.ShortTag() {
	case "!!null":
		return append(b, "null"...), nil
	case "!!bool":
		var v bool
		err := n.Decode(&v)
		return strconv.AppendBool(b, v), err
	case "!!int", "!!float":
		number, err := numberOf(n)
		return append(b, number...), err
	}
	return appendText(b, n.Value), nil
}

// numberOf keeps a number as it is written when JSON writes it so too.
func numberOf(n *yaml.Node) ([]byte, error) {
	if json.Valid([]byte(n.Value)) {
		return []byte(n.Value), nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, err
	}
	text, err := json.Marshal(v)
	if unsupported := (*json.UnsupportedValueError)(nil); errors.As(err, &unsupported) {
		return nil, fmt.Errorf("line %d: JSON has no number %s", n.Line, n.Value)
	}
	return text, err
}

func appendText(b []byte, s string) []byte {
	return append(tape.AppendQuoted(append(b, '"'), []byte(s)), '"')
}
