// Package docs holds the documentation of plugins to what is there: its commands are run, its code is compiled, its tables
// are compared with the source.
package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// root is the checkout.
const root = "../../.."

// page is a Markdown file, taken apart.
type page struct {
	path   string // from the root
	blocks []block
	rows   []row
	links  []string // relative ones, without what follows a #
}

// block is fenced text.
type block struct {
	lang, more string // the two words after the fence
	text       string
	line       int
	source     string // the file of the checkout that has it, as a comment before it says
	put        string // the file of the reader's own that it is to be put into
}

// row is a line of a table.
type row struct {
	heading string
	cells   []string
	line    int
}

// name is what stands between the first backquotes of the first cell, "" when there are none.
func (r row) name() string {
	if m := quoted.FindStringSubmatch(r.cells[0]); m != nil {
		return m[1]
	}
	return ""
}

var (
	quoted  = regexp.MustCompile("`([^`]+)`")
	comment = regexp.MustCompile(`^<!-- (put )?(\S+) -->$`)
	link    = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
)

// pages reads the documentation of plugins.
func pages(t *testing.T) []*page {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "docs", "plugins", "*.md"))
	if err != nil || len(files) < 5 {
		t.Fatalf("found %q, %v", files, err)
	}
	var all []*page
	for _, file := range files {
		all = append(all, read(t, "docs/plugins/"+filepath.Base(file)))
	}
	return all
}

func read(t *testing.T, path string) *page {
	t.Helper()
	p := &page{path: path}
	r := reader{page: p}
	for i, line := range strings.Split(source(t, path), "\n") {
		r.line(i+1, line)
	}
	if r.open != nil {
		t.Fatalf("%s:%d: a block without an end", path, r.open.line)
	}
	return p
}

// source returns a file of the checkout.
func source(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// reader takes a page apart, line by line.
type reader struct {
	page    *page
	open    *block
	heading string
	comment []string
}

func (r *reader) line(number int, line string) {
	fence, fenced := strings.CutPrefix(line, "```")
	switch {
	case fenced && r.open != nil:
		r.page.blocks = append(r.page.blocks, *r.open)
		r.open, r.comment = nil, nil
	case fenced:
		lang, more, _ := strings.Cut(fence, " ")
		r.open = &block{lang: lang, more: more, line: number}
		if r.comment != nil && r.comment[1] == "" {
			r.open.source = r.comment[2]
		} else if r.comment != nil {
			r.open.put = r.comment[2]
		}
	case r.open != nil:
		r.open.text += line + "\n"
	default:
		r.prose(number, line)
	}
}

func (r *reader) prose(number int, line string) {
	if r.comment = comment.FindStringSubmatch(line); r.comment != nil {
		return
	}
	for _, m := range link.FindAllStringSubmatch(line, -1) {
		r.page.links = append(r.page.links, m[1])
	}
	switch {
	case strings.HasPrefix(line, "#"):
		r.heading = strings.TrimSpace(strings.TrimLeft(line, "#"))
	case strings.HasPrefix(line, "| ") && !strings.HasPrefix(line, "| ---"):
		cells := strings.Split(strings.Trim(line, "|"), " | ")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		r.page.rows = append(r.page.rows, row{r.heading, cells, number})
	}
}

// names lists the names in the first column of the tables under a heading.
func (p *page) names(heading string) []string {
	var names []string
	for _, r := range p.rows {
		if name := r.name(); name != "" && r.heading == heading {
			names = append(names, name)
		}
	}
	return names
}
