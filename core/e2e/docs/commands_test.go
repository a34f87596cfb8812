package docs

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// portLine is what a page says about the port: the one line that is run otherwise than it is written.
var portLine = regexp.MustCompile(`(?m)^PORT=\d+`)

// TestDocsCommands types the commands of each page, in order, as whoever follows it does, and compares what they print with
// what the page shows. A block of commands is marked sh; "sh fails" is one whose last command must fail. The block marked
// text that follows is the output, where … stands for anything, on a line of its own for any lines. A block after a comment
// <!-- put FILE --> is put into that file.
func TestDocsCommands(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Skip("there is no curl")
	}
	for _, p := range pages(t) {
		t.Run(filepath.Base(p.path), func(t *testing.T) {
			t.Parallel()
			p.follow(t)
		})
	}
}

func (p *page) follow(t *testing.T) {
	if !slices.ContainsFunc(p.blocks, func(b block) bool { return b.lang == "sh" }) {
		return
	}
	s, port := open(t), freePort(t)
	for i, b := range p.blocks {
		if b.put != "" {
			s.put(b.put, b.text)
		}
		if b.lang != "sh" {
			continue
		}
		fails := b.more == "fails"
		got, ok := s.run(portLine.ReplaceAllString(b.text, "PORT="+port), fails)
		if ok == fails {
			t.Fatalf("%s:%d: the commands succeed: %v\n%s\n%s", p.path, b.line, ok, b.text, got)
		}
		if i+1 == len(p.blocks) || p.blocks[i+1].lang != "text" {
			continue
		}
		if want := p.blocks[i+1]; !like(want.text, got) {
			t.Errorf("%s:%d: the commands print\n%s\nbut the page says\n%s", p.path, want.line, got, want.text)
		}
	}
}

var blanks = regexp.MustCompile(`[ \t]+`)

var anyLines = regexp.MustCompile(`(?m)^…\n`)

// like reports whether an output is as a page shows it. Columns may be wider.
func like(shown, output string) bool {
	pattern := regexp.QuoteMeta(plain(shown)) + "\x00"
	pattern = anyLines.ReplaceAllString(pattern, `(?:[^\n]*\n)*?`)
	pattern = strings.ReplaceAll(pattern, "\n…\x00", `(?:\n[^\n]*)*`)
	pattern = strings.ReplaceAll(pattern, "…", `[^\n]*`)
	return regexp.MustCompile(`^` + strings.TrimSuffix(pattern, "\x00") + `$`).MatchString(plain(output))
}

// plain has single blanks, and none at the ends of lines.
func plain(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(blanks.ReplaceAllString(line, " "), " \r")
	}
	return strings.Join(lines, "\n")
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		shown, output string
		want          bool
	}{
		{"a  b\n", "a b", true},
		{"a\n", "b\n", false},
		{"ok …s", "ok  \t1.2s\n", true},
		{"ok …s", "ok 1\n2s", false},
		{"a\n…\nz", "a\nb\nc\nz", true},
		{"a\n…\nz", "a\n\nz", true},
		{"a\n…\nz", "a\nz", true},
		{"a\n…\nz", "a\nb\ny", false},
		{"a\n…", "a\nb\nc", true},
		{"a\n…", "ab", false},
		{"…\nz", "a\nz", true},
		{"(x)", "(x)", true},
		{"", "a", false},
	} {
		if got := like(c.shown, c.output); got != c.want {
			t.Errorf("%q like %q: %v", c.output, c.shown, got)
		}
	}
}
