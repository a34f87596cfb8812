package admin

import (
	"encoding/json"
	"strings"

	"github.com/sluice-gateway/sluice/core"
)

// longestID is how many bytes an id, an alias or an address may have: they are indexed.
const longestID = 512

// checkName refuses texts that a database can't keep in an index.
func checkName(name, text string) error {
	switch {
	case len(text) > longestID:
		return wrong(name + " is longer than 512 bytes")
	case strings.ContainsRune(text, 0):
		return wrong(name + " has a character that is no text")
	}
	return nil
}

// nameField is a text by which rows are searched.
func nameField[T any](name string, at func(*T) **string) field[T] {
	f := textField(name, at)
	read := f.read
	f.read = func(into *T, v json.RawMessage) error {
		if err := read(into, v); err != nil {
			return err
		}
		if s := *at(into); s != nil {
			return checkName(name, *s)
		}
		return nil
	}
	return f
}

// newName returns a member that names something new, "" when it is missing.
func (g given) newName(name string) (string, *core.Error) {
	s, e := g.text(name)
	if e != nil {
		return "", e
	}
	if err := checkName(name, s); err != nil {
		return "", invalid("value_error", []string{name}, err.Error(), nil)
	}
	return s, nil
}

// ids returns a member that must be a list of ids with something in it.
func (g given) ids(name string) ([]string, *core.Error) {
	list, e := g.texts(name)
	switch {
	case e != nil:
		return nil, e
	case len(list) == 0:
		return nil, missing(name)
	case len(list) > 1000:
		return nil, refuse(400, "bad_request_error", name, "at most 1000 of "+name+" can be named at once")
	}
	return list, nil
}
