package trust

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

var (
	nameForm   = regexp.MustCompile(`^[a-z0-9_]{1,48}$`)
	vendorForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`)
	sumForm    = regexp.MustCompile(`^[0-9a-f]{64}$`)
)

// ParseLock reads a lock's text: the part of TOML that Lock.Text writes, comments included. file is named in errors,
// with the line. Unknown keys are errors, and so is what is there twice.
func ParseLock(file string, text []byte) (*Lock, error) {
	p := &lockParser{lock: &Lock{}}
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if err := p.line(strings.TrimSpace(line), number); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, number, err)
		}
	}
	if err := p.finish(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, p.began, err)
	}
	return p.lock, nil
}

type lockParser struct {
	lock  *Lock
	entry *Entry
	began int             // the line of the entry's name
	seen  map[string]bool // keys of the entry
}

func (p *lockParser) line(line string, number int) error {
	switch {
	case !utf8.ValidString(line):
		return fmt.Errorf("not UTF-8")
	case line == "" || line[0] == '#':
		return nil
	case line[0] == '[':
		if err := p.finish(); err != nil {
			return fmt.Errorf("%w (the entry that ends here)", err)
		}
		return p.begin(line, number)
	}
	key, value, found := strings.Cut(line, "=")
	if !found {
		return fmt.Errorf("expected [name] or key = value")
	}
	return p.member(strings.TrimSpace(key), strings.TrimSpace(value))
}

func (p *lockParser) begin(line string, number int) error {
	name, closed := strings.CutSuffix(line[1:], "]")
	if !closed || !nameForm.MatchString(name) {
		return fmt.Errorf("expected [name], of small letters, digits and underscores")
	}
	if p.lock.Find(name) != nil {
		return fmt.Errorf("plugin %s is there twice", name)
	}
	p.entry, p.began, p.seen = &Entry{Name: name}, number, map[string]bool{}
	return nil
}

// finish takes the entry over once all of its lines were read.
func (p *lockParser) finish() error {
	if p.entry == nil {
		return nil
	}
	if p.entry.Version == "" || p.entry.SHA256 == "" {
		return fmt.Errorf("plugin %s needs version and sha256", p.entry.Name)
	}
	p.lock.Put(*p.entry)
	return nil
}

func (p *lockParser) member(key, value string) error {
	if p.entry == nil {
		return fmt.Errorf("%s belongs to no [name]", key)
	}
	if p.seen[key] {
		return fmt.Errorf("%s is there twice", key)
	}
	p.seen[key] = true
	if err := p.assign(key, value); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func (p *lockParser) assign(key, value string) (err error) {
	e, g := p.entry, &p.entry.Grants
	if table, name, dotted := strings.Cut(key, "."); dotted {
		return assignURL(g, table, name, value)
	}
	switch key {
	case "version":
		e.Version, err = parseText(value)
	case "sha256":
		if e.SHA256, err = parseText(value); err == nil && !sumForm.MatchString(e.SHA256) {
			err = fmt.Errorf("expected 64 hexadecimal digits")
		}
	case "source":
		e.Source, err = parseText(value)
	case "signer":
		e.Signer, err = parseText(value)
	case "hooks":
		g.Hooks, err = parseList(value)
	case "text":
		g.Text, err = parseList(value)
	case "headers":
		g.Headers, err = parseList(value)
	case "env":
		g.Env, err = parseList(value)
	case "kv":
		g.KV, err = parseCount(value)
	case "match":
		g.Match, err = parseSwitch(value)
	default:
		err = fmt.Errorf("not known here")
	}
	return err
}

func assignURL(g *Grants, table, name, value string) error {
	if !vendorForm.MatchString(name) {
		return fmt.Errorf("not a name")
	}
	url, err := parseText(value)
	if err != nil {
		return err
	}
	switch table {
	case "upstream":
		put(&g.Upstreams, name, url)
	case "vendor":
		put(&g.Vendors, name, url)
	default:
		return fmt.Errorf("not known here")
	}
	return nil
}

func parseText(value string) (string, error) {
	if !strings.HasPrefix(value, `"`) {
		return "", fmt.Errorf("expected a text in quotes")
	}
	text, err := strconv.Unquote(value)
	if err != nil || !utf8.ValidString(text) || strings.ContainsFunc(text, isControl) {
		return "", fmt.Errorf("expected one text in quotes, without control characters")
	}
	return text, nil
}

// parseList reads texts in brackets and sorts them: their order says nothing.
func parseList(value string) ([]string, error) {
	rest, open := strings.CutPrefix(value, "[")
	rest, closed := strings.CutSuffix(rest, "]")
	if !open || !closed {
		return nil, fmt.Errorf("expected a list in brackets, on one line")
	}
	var list []string
	for rest = strings.TrimSpace(rest); rest != ""; {
		quoted, err := strconv.QuotedPrefix(rest)
		if err != nil {
			return nil, fmt.Errorf("expected texts in quotes")
		}
		text, err := parseText(quoted)
		if err != nil {
			return nil, err
		}
		list = append(list, text)
		rest = strings.TrimSpace(rest[len(quoted):])
		next, comma := strings.CutPrefix(rest, ",")
		if rest != "" && !comma {
			return nil, fmt.Errorf("expected a comma between texts")
		}
		rest = strings.TrimSpace(next)
	}
	slices.Sort(list)
	if len(slices.Compact(slices.Clone(list))) != len(list) {
		return nil, fmt.Errorf("something is there twice")
	}
	return list, nil
}

func parseCount(value string) (int, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err != nil {
		return 0, fmt.Errorf("expected a number of bytes")
	}
	return int(n), nil
}

func parseSwitch(value string) (bool, error) {
	switch value {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, fmt.Errorf("expected true or false")
}
