package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
)

// fields lists the keys of a struct: its tags of that name.
func fields(t *testing.T, file, typ, tag string) []string {
	t.Helper()
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	ast.Inspect(parsed, func(n ast.Node) bool {
		s, ok := n.(*ast.TypeSpec)
		if !ok || s.Name.Name != typ {
			return true
		}
		for _, f := range s.Type.(*ast.StructType).Fields.List {
			if f.Tag == nil {
				continue
			}
			text, _ := strconv.Unquote(f.Tag.Value)
			key, _, _ := strings.Cut(reflect.StructTag(text).Get(tag), ",")
			if key != "" && key != "-" {
				keys = append(keys, key)
			}
		}
		return false
	})
	if len(keys) == 0 {
		t.Fatalf("%s has no struct %s with keys", file, typ)
	}
	return keys
}

// every lists all names in the first column of the tables under some headings, each once.
func (p *page) every(headings ...string) []string {
	var names []string
	for _, r := range p.rows {
		if !slices.Contains(headings, r.heading) {
			continue
		}
		for _, m := range quoted.FindAllStringSubmatch(r.cells[0], -1) {
			if !slices.Contains(names, m[1]) {
				names = append(names, m[1])
			}
		}
	}
	return names
}

// same reports what only one of two lists has.
func same(t *testing.T, where string, page, source []string) {
	t.Helper()
	for _, name := range source {
		if !slices.Contains(page, name) {
			t.Errorf("%s lacks %s", where, name)
		}
	}
	for _, name := range page {
		if !slices.Contains(source, name) {
			t.Errorf("%s has %s, which is not there", where, name)
		}
	}
}

const (
	limitsPage    = "docs/plugins/limits-and-grants.md"
	debuggingPage = "docs/plugins/debugging.md"
)

// TestDocsTablesHaveEveryField compares tables with the structs that they describe.
func TestDocsTablesHaveEveryField(t *testing.T) {
	const manifest, status, cases = "hostabi/manifest.go", "core/endpoint/plugins.go", "hostabi/cases/case.go"
	for _, c := range []struct {
		page     string
		headings []string
		file     string
		types    []string
		tag      string
	}{
		{limitsPage, []string{"Keys of `plugin.yaml`"}, manifest, []string{"Manifest"}, "yaml"},
		{limitsPage, []string{"Keys of `needs`"}, manifest, []string{"Needs"}, "yaml"},
		{limitsPage, []string{"Keys of `needs.upstreams[]`"}, manifest, []string{"Upstream"}, "yaml"},
		{limitsPage, []string{"Keys of `limits`"}, manifest, []string{"Limits"}, "yaml"},
		{limitsPage, []string{"Keys of `vendors[]`"}, manifest, []string{"Vendor"}, "yaml"},
		{debuggingPage, []string{"Fields of a plugin"}, status, []string{"Plugin", "PluginFigures"}, "json"},
		{debuggingPage, []string{"Fields of `asked` and `granted`"}, status, []string{"PluginGrants"}, "json"},
		{debuggingPage, []string{"Fields of `limits`"}, status, []string{"PluginLimits"}, "json"},
		{debuggingPage, []string{"Fields of `upstreams[]`"}, status, []string{"PluginUpstream"}, "json"},
		{debuggingPage, []string{"Fields of `records`"}, status, []string{"PluginRecords"}, "json"},
		{debuggingPage, []string{"Fields of `verdicts`"}, status, []string{"PluginVerdicts"}, "json"},
		{debuggingPage, []string{"Members of every case", "Members of a guard's case", "Members of a provider's case",
			"Members of an observer's, router's or auth plugin's case"}, cases, []string{"Case"}, "yaml"},
		{debuggingPage, []string{"Members of `segments[]`"}, cases, []string{"Segment"}, "yaml"},
		{debuggingPage, []string{"Members of `calls[]`"}, cases, []string{"Call"}, "yaml"},
		{debuggingPage, []string{"Members of `reply` and `error`"}, cases, []string{"Reply"}, "yaml"},
		{debuggingPage, []string{"Members of `fail`"}, cases, []string{"Fail"}, "yaml"},
	} {
		var want []string
		for _, typ := range c.types {
			want = append(want, fields(t, c.file, typ, c.tag)...)
		}
		same(t, c.page+", "+strings.Join(c.headings, ", "), read(t, c.page).every(c.headings...), want)
	}
}

// TestDocsTablesHaveEveryKey compares what operators write with the reference of the configuration, which is made of the
// source.
func TestDocsTablesHaveEveryKey(t *testing.T) {
	p, reference := read(t, limitsPage), read(t, "docs/CONFIG.md")
	for _, heading := range []string{"`plugins.NAME`", "`plugins.NAME.upstreams.NAME`", "`plugins.NAME.limits`", "`plugin_policy`"} {
		want := reference.names(heading)
		if len(want) < 2 {
			t.Errorf("CONFIG.md has nothing under %s", heading)
		}
		same(t, limitsPage+", "+heading, p.names(heading), want)
	}
}

// TestDocsLockKeys compares the table of the lock's keys with what the reader of locks takes.
func TestDocsLockKeys(t *testing.T) {
	text := source(t, "core/trust/lock.go")
	var want []string
	for _, m := range regexp.MustCompile(`(?:line|list|table)\("(\w+)"|WriteString\("(\w+) = |"(\w+) = %d`).FindAllStringSubmatch(text, -1) {
		key := m[1] + m[2] + m[3]
		if strings.HasPrefix(m[0], "table") {
			key += ".NAME"
		}
		want = append(want, key)
	}
	same(t, limitsPage+", the lock", read(t, limitsPage).every("Keys of `plugins.lock`"), want)
}

// TestDocsKinds compares the table of kinds with the hooks that there are.
func TestDocsKinds(t *testing.T) {
	hooks := regexp.MustCompile(`(?s)var Hooks = .*?\n}`).FindString(source(t, "hostabi/manifest.go"))
	p := read(t, "docs/plugins/README.md")
	same(t, "the table of kinds", p.names("Kinds")[:5], names(`(?m)^\s+"(\w+)":\s+\{`, hooks))
	var shown []string
	for _, r := range p.rows {
		if len(r.cells) == 5 {
			for _, m := range quoted.FindAllStringSubmatch(r.cells[1], -1) {
				shown = append(shown, m[1])
			}
		}
	}
	same(t, "the table of hooks", shown, names(`"(\w+)":\s+Event`, hooks))
}

// names lists what a pattern finds.
func names(pattern, text string) []string {
	var all []string
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// TestDocsHaveEveryCommand compares the table of commands with what the gateway lists.
func TestDocsHaveEveryCommand(t *testing.T) {
	usage, _ := exec.Command(gateway.Binary(t), "plugin").CombinedOutput()
	var shown []string
	for _, name := range read(t, debuggingPage).every("Commands") {
		if name != "sluice plugin …" {
			name, _, _ = strings.Cut(name, " ")
			shown = append(shown, name)
		}
	}
	same(t, debuggingPage+", commands", shown, names(`sluice plugin (\w+)`, string(usage)))
}

// TestDocsRefusalsAreReal looks for the pieces of each message in the texts of the source.
func TestDocsRefusalsAreReal(t *testing.T) {
	texts := literals(t, "config", "core", "hostabi", "sdk")
	rows := 0
	for _, r := range read(t, debuggingPage).rows {
		if r.heading != "Refusals" || r.name() == "" {
			continue
		}
		rows++
		for piece := range strings.SplitSeq(r.name(), "…") {
			if piece = strings.TrimSpace(piece); len(piece) > 1 && !strings.Contains(texts, piece) {
				t.Errorf("%s:%d: nothing says %q", debuggingPage, r.line, piece)
			}
		}
	}
	if rows < 10 {
		t.Errorf("found only %d refusals", rows)
	}
}

// literals returns the texts in Go files that are no tests, one per line.
func literals(t *testing.T, folders ...string) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range folders {
		err := filepath.WalkDir(filepath.Join(root, folder), func(path string, e os.DirEntry, err error) error {
			if err != nil || e.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return nil // somebody is writing it
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					text, _ := strconv.Unquote(l.Value)
					all.WriteString(text + "\n")
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}
