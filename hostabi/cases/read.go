package cases

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// Folder is the name of the folder with cases beside a plugin's source.
const Folder = "cases"

// Limits of what a plugin carries along.
const (
	MaxCases = 1000
	MaxBytes = 1 << 20 // of the packed cases
)

// Read reads the cases of a plugin's folder: every .yaml file in its folder cases. There need not be any. Errors name
// file and line.
func Read(dir string) ([]Case, error) {
	entries, err := os.ReadDir(filepath.Join(dir, Folder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	var all []Case
	for _, e := range entries {
		if filepath.Ext(e.Name()) != ".yaml" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, Folder, e.Name()))
		if err != nil {
			return nil, fmt.Errorf("read cases: %w", err)
		}
		list, err := ParseYAML(Folder+"/"+e.Name(), text)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	return all, distinct(all)
}

// ParseYAML parses a file of cases; file is its name for errors and places.
func ParseYAML(file string, text []byte) ([]Case, error) {
	var root yaml.Node
	var list []Case
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	if err := d.Decode(&list); err == io.EOF {
		return nil, nil
	} else if err != nil {
		return nil, located(file, err)
	}
	if err := d.Decode(new(yaml.Node)); err != io.EOF {
		return nil, fmt.Errorf("%s: more than one document", file)
	}
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, located(file, err)
	}
	if len(root.Content) == 0 || len(root.Content[0].Content) != len(list) {
		return nil, nil
	}
	for i := range list {
		list[i].Place = fmt.Sprintf("%s:%d", file, root.Content[0].Content[i].Line)
	}
	return list, nil
}

var (
	lineForm    = regexp.MustCompile(`^(?:yaml: )?line (\d+): `)
	unknownForm = regexp.MustCompile(`field (\S+) not found in type \S+`)
)

// located puts the file and the line in front of a message, and says it without names of Go types.
func located(file string, err error) error {
	message := err.Error()
	if wrong := (*yaml.TypeError)(nil); errors.As(err, &wrong) && len(wrong.Errors) > 0 {
		message = wrong.Errors[0]
	}
	message = unknownForm.ReplaceAllString(message, "unknown key $1")
	message = strings.ReplaceAll(message, "cases.", "")
	if m := lineForm.FindStringSubmatch(message); m != nil {
		return fmt.Errorf("%s:%s: %s", file, m[1], message[len(m[0]):])
	}
	return fmt.Errorf("%s: %s", file, strings.TrimPrefix(message, "yaml: "))
}

// Pack returns the cases as they travel in a module, nil when there are none.
func Pack(list []Case) ([]byte, error) {
	if len(list) == 0 {
		return nil, nil
	}
	text, err := json.Marshal(list)
	if err != nil {
		return nil, fmt.Errorf("pack cases: %w", err)
	}
	if len(list) > MaxCases || len(text) > MaxBytes {
		return nil, fmt.Errorf("pack cases: %d cases of %d bytes are more than %d of %d", len(list), len(text), MaxCases, MaxBytes)
	}
	return text, nil
}

// Parse reads packed cases. Unknown keys are errors.
func Parse(packed []byte) ([]Case, error) {
	if len(packed) > MaxBytes {
		return nil, fmt.Errorf("read cases: %d bytes are more than %d", len(packed), MaxBytes)
	}
	var list []Case
	d := json.NewDecoder(bytes.NewReader(packed))
	d.DisallowUnknownFields()
	if err := d.Decode(&list); err != nil {
		return nil, fmt.Errorf("read cases: %w", err)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, errors.New("read cases: text after them")
	}
	if len(list) > MaxCases {
		return nil, fmt.Errorf("read cases: %d are more than %d", len(list), MaxCases)
	}
	return list, distinct(list)
}

// distinct refuses two cases of one name: a failure could not be told apart.
func distinct(list []Case) error {
	seen := map[string]*Case{}
	for i := range list {
		c := &list[i]
		if c.Name == "" {
			return fmt.Errorf("%s: a case needs a name", c.Place)
		}
		if first := seen[c.Name]; first != nil {
			return fmt.Errorf("%s: the case %q is at %s already", c.Place, c.Name, first.Place)
		}
		seen[c.Name] = c
	}
	return nil
}
