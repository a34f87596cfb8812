package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"gopkg.in/yaml.v3"
)

// source is one config file on its way from bytes to a YAML tree.
type source struct {
	name string
	text []byte
	// star and backslash stand in for characters YAML refuses where we accept them. One character for one
	// character, so every line and column stays true.
	star, backslash rune
}

func newSource(name string, text []byte) *source {
	s := &source{name: name, text: text}
	s.star = s.unused('\uE000')
	s.backslash = s.unused(s.star + 1)
	s.text = s.maskStars()
	return s
}

// unused returns the first private-use character from r on that the text doesn't contain.
func (s *source) unused(r rune) rune {
	for bytes.ContainsRune(s.text, r) && r < '\uF8FF' {
		r++
	}
	return r
}

// An asterisk alone is an alias without a name, hence never valid YAML. Masking it inside comments, quotes or
// blocks does no harm, restore puts it back.
var loneStar = regexp.MustCompile(`(?m)(^|[ \t\[{,])\*([ \t\r\]},]|$)`)

func (s *source) maskStars() []byte {
	return loneStar.ReplaceAll(s.text, fmt.Appendf(nil, "${1}%c${2}", s.star))
}

func (s *source) restore(value string) string {
	if !strings.ContainsRune(value, s.star) && !strings.ContainsRune(value, s.backslash) {
		return value
	}
	return strings.NewReplacer(string(s.star), "*", string(s.backslash), `\`).Replace(value)
}

// maxEscapes bounds the invalid escapes read as written; each costs one more parse.
const maxEscapes = 64

// parse returns the root value of the file, nil after reporting why there is none.
func (s *source) parse(d *diagnosis) *yaml.Node {
	for range maxEscapes {
		root, err := s.decode(bytes.NewReader(s.text))
		if err == nil {
			return root
		}
		if !strings.Contains(err.Error(), "unknown escape character") {
			d.errorf(s.locate(err), "%s", explain(err))
			return nil
		}
		s.acceptEscape(d)
	}
	d.errorf(s.start(), "more than %d unknown escapes in double quotes: use single quotes", maxEscapes)
	return nil
}

// secondDocument is where a second YAML document begins in a file that should have one.
type secondDocument Pos

func (secondDocument) Error() string {
	return "a second YAML document begins here; a config file has only one"
}

var errEmpty = errors.New("the file is empty")

// decode never panics: the parser is no longer maintained, and a config file must not be able to stop a running gateway.
func (s *source) decode(r io.Reader) (root *yaml.Node, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("yaml: the parser failed: %v", p)
		}
	}()
	decoder := yaml.NewDecoder(r)
	var document, next yaml.Node
	if err := decoder.Decode(&document); err == io.EOF {
		return nil, errEmpty
	} else if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&next); err == nil {
		return nil, secondDocument{s.name, next.Line, next.Column}
	} else if err != io.EOF {
		return nil, err
	}
	return document.Content[0], nil
}

// acceptEscape masks the backslash the parser stopped at.
func (s *source) acceptEscape(d *diagnosis) {
	read := s.readUntilError()
	offset := max(bytes.LastIndexByte(s.text[:read], '\\'), 0)
	d.warnf(s.place(offset), `backslash read as written, but it is no YAML escape: use single quotes or write \\`)
	s.text = bytes.Join([][]byte{s.text[:offset], s.text[offset+1:]}, []byte(string(s.backslash)))
}
