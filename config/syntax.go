package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"
)

// yaml.v3 often reports the line where the surrounding block began, or none. The functions here find the line that
// broke the file: the one after the longest beginning that still parses.

// maxLocate bounds the bytes parsed again to locate one syntax error.
const maxLocate = 8 << 20

var unknownAnchor = regexp.MustCompile(`unknown anchor '(.*)' referenced`)

func (s *source) locate(err error) place {
	if second := (secondDocument{}); errors.As(err, &second) {
		return place{Pos: Pos(second)}
	}
	end := s.readUntilError()
	start := s.brokenLine(end)
	if m := unknownAnchor.FindStringSubmatch(err.Error()); m != nil {
		if i := bytes.Index(s.text[start:], []byte("*"+m[1])); i >= 0 {
			return s.place(start + i)
		}
	}
	line, _, _ := bytes.Cut(s.text[start:], []byte("\n"))
	return s.place(start + len(line) - len(bytes.TrimLeft(line, " \t\r")))
}

// readUntilError returns how many bytes the parser consumes before it fails.
func (s *source) readUntilError() int {
	r := &byteReader{text: s.text}
	_, _ = s.decode(r)
	return r.read
}

// brokenLine returns the offset of the line after the longest beginning of text[:end] that parses.
func (s *source) brokenLine(end int) int {
	last := lineStart(s.text, end)
	for start, budget := last, maxLocate; budget > 0; start = lineStart(s.text, start) {
		if s.parses(s.text[:start]) {
			return start
		}
		budget -= start
	}
	return last
}

func (s *source) parses(beginning []byte) bool {
	_, err := s.decode(bytes.NewReader(beginning))
	return err == nil || err == errEmpty
}

// lineStart returns the offset of the line that holds the byte before end.
func lineStart(text []byte, end int) int {
	return bytes.LastIndexByte(text[:max(end-1, 0)], '\n') + 1
}

func (s *source) start() place { return place{Pos: Pos{s.name, 1, 1}} }

func (s *source) place(offset int) place {
	before := s.text[:min(offset, len(s.text))]
	column := utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:]) + 1
	return place{Pos: Pos{s.name, bytes.Count(before, []byte("\n")) + 1, column}}
}

// byteReader hands out one byte at a time, so that read tells how far its user got.
type byteReader struct {
	text []byte
	read int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.read == len(r.text) {
		return 0, io.EOF
	}
	p[0] = r.text[r.read]
	r.read++
	return 1, nil
}

var yamlPrefix = regexp.MustCompile(`^yaml: (?:line \d+: )?`)

// explanations say what usually causes a message of the YAML parser.
var explanations = []struct{ message, cause string }{
	{"did not find expected key", "is the line indented like its neighbours?"},
	{"mapping values are not allowed", `is the indentation right, and is text that contains ": " quoted?`},
	{"did not find expected alphabetic", "text that begins with * or & must be quoted"},
	{"unknown anchor", "text that begins with * must be quoted"},
	{"cannot start any token", "text that begins with @, ` or % must be quoted, and tabs cannot indent"},
	{"could not find expected ':'", "a key needs a colon and a blank after it"},
	{"did not find expected ',' or ']'", "is a bracket or comma missing?"},
	{"did not find expected ',' or '}'", "is a brace or comma missing?"},
	{"unexpected end of stream", "is a quote missing?"},
	{"did not find expected node content", "is a value missing, or a bracket open?"},
	{"tab character", "indent with blanks"},
}

func explain(err error) string {
	if !yamlPrefix.MatchString(err.Error()) {
		return err.Error()
	}
	message := yamlPrefix.ReplaceAllString(err.Error(), "not valid YAML: ")
	message = unknownAnchor.ReplaceAllString(message, "unknown anchor") // may be a secret someone forgot to quote
	for _, e := range explanations {
		if strings.Contains(message, e.message) {
			return message + ": " + e.cause
		}
	}
	return message
}
