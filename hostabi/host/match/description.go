package match

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Limits of a set.
const (
	maxDescription = 4 << 20 // bytes
	maxRunes       = 256     // of a word or keyword
	maxRules       = 2_000
	maxPattern     = 4 << 10 // bytes
	maxKeywords    = 64      // of a rule
)

type description struct {
	Words []string `json:"words"`
	Whole *bool    `json:"whole"` // nil stands for true
	Fold  *bool    `json:"fold"`  // likewise
	Rules []rule   `json:"rules"`
}

type rule struct {
	Name     string   `json:"name"`
	Pattern  string   `json:"pattern"`
	Keywords []string `json:"keywords"`
	Group    int      `json:"group"`
}

func parse(text []byte) (*description, error) {
	if len(text) > maxDescription {
		return nil, fmt.Errorf("description has %d bytes, more than %d", len(text), maxDescription)
	}
	var d description
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&d); err != nil {
		return nil, fmt.Errorf("read the description: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("read the description: something follows it")
	}
	return &d, d.check()
}

func isOn(b *bool) bool { return b == nil || *b }

func (d *description) check() error {
	switch {
	case len(d.Words) > 0 && len(d.Rules) > 0:
		return errors.New("a set has words or rules, not both")
	case len(d.Words) > 0:
		return checkWords("word", d.Words)
	case len(d.Rules) == 0:
		return errors.New("a set has words or rules, this one has none")
	case d.Whole != nil || d.Fold != nil:
		return errors.New("whole and fold are for words; a pattern says (?i) and \\b")
	case len(d.Rules) > maxRules:
		return fmt.Errorf("%d rules, more than %d", len(d.Rules), maxRules)
	}
	for i := range d.Rules {
		if err := d.Rules[i].check(); err != nil {
			return fmt.Errorf("rule %d (%s): %w", i, d.Rules[i].Name, err)
		}
	}
	return nil
}

func (r *rule) check() error {
	switch {
	case r.Pattern == "":
		return errors.New("no pattern")
	case len(r.Pattern) > maxPattern:
		return fmt.Errorf("pattern has %d bytes, more than %d", len(r.Pattern), maxPattern)
	case len(r.Keywords) > maxKeywords:
		return fmt.Errorf("%d keywords, more than %d", len(r.Keywords), maxKeywords)
	case r.Group < 0:
		return fmt.Errorf("no group %d", r.Group)
	}
	return checkWords("keyword", r.Keywords)
}

func checkWords(what string, words []string) error {
	for i, w := range words {
		switch n := utf8.RuneCountInString(w); {
		case n == 0:
			return fmt.Errorf("%s %d is empty", what, i)
		case n > maxRunes:
			return fmt.Errorf("%s %d (%.40s…) has %d characters, more than %d", what, i, w, n, maxRunes)
		case strings.ContainsRune(w, utf8.RuneError):
			return fmt.Errorf("%s %d (%q) is not UTF-8", what, i, w)
		}
	}
	return nil
}
