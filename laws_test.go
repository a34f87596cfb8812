package main_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/sluice-gateway/sluice"

// layers are the gateway's packages from the bottom up. One may import those of lower layers and none beside it: what
// siblings share is a type in core, so that each can be read, tested and replaced alone. Folders of packages that don't
// exist yet are in their places already.
var layers = [][]string{
	{"core"},
	{"core/upstream", "core/trust", "core/store", "core/cache", "core/catalog", "core/secrets"},
	{"core/guest"},
	{"core/auth", "core/limit", "core/guard", "core/route", "core/provider", "core/ledger", "core/sink", "core/metrics"},
	{"core/pipeline"},
	{"core/endpoint"},
	{"core/server", "core/admin", "core/ui"},
	{"core/app"},
	{"core/cli"},
	{"."},
}

// beside are the packages outside the layers, and what they may import of ours.
var beside = []struct {
	pkg    string // a trailing /* stands for every package in the folder
	may    []string
	reason string
}{
	{"config", nil, "a configuration is read without a gateway around it"},
	{"hostabi", nil, "the contract is read by hosts, guests and tools alike"},
	{"hostabi/tape", nil, "a leaf, so that everything may index JSON with it"},
	{"hostabi/window", nil, "the gateway and the tests of guards share the rule and nothing else"},
	{"hostabi/host", []string{"hostabi", "hostabi/tape"}, "the gateway hands the host small functions, never its own types"},
	{"hostabi/cases", []string{"hostabi", "hostabi/tape", "hostabi/window"}, "what plugins must answer is read and judged without a host"},
	{"hostabi/cases/hosted", []string{"hostabi", "hostabi/tape", "hostabi/host", "hostabi/cases", "hostabi/window"}, "it runs cases where the gateway runs plugins"},
	{"hostabi/pack", []string{"hostabi", "hostabi/tape", "hostabi/cases"}, "plugins are built and read without a host"},
	{"hostabi/tck", []string{"hostabi", "hostabi/tape", "hostabi/host", "hostabi/host/kv", "hostabi/pack"}, "it proves a host against the contract"},
	{"sdk", []string{"hostabi", "hostabi/tape"}, "what guests import must be small and know nothing of the gateway"},
	{"sdk/chat", []string{"sdk", "hostabi", "hostabi/tape"}, "as sdk"},
	{"sdk/sdktest", []string{"sdk", "hostabi", "hostabi/tape", "hostabi/host", "hostabi/pack", "hostabi/window", "hostabi/cases", "hostabi/cases/hosted"}, "it is both sides of the boundary, for tests"},
	{"sdk/chat/relay/replaytest", []string{"sdk/sdktest", "sdk", "hostabi", "hostabi/tape"}, "as sdk/sdktest"},
	{"plugins", []string{"hostabi", "hostabi/pack"}, "it hands out modules and does not run them"},
	{"plugins/*", []string{"sdk", "sdk/chat", "hostabi", "hostabi/tape"}, "guests: what they import is compiled into each of them"},
	{"core/bench", nil, "it measures the gateway from outside"},
}

// extra is what packages of the layers may import of those beside them. Any but core itself may import hostabi/tape.
var extra = map[string][]string{
	"core/trust":    {"hostabi"},
	"core/guest":    {"hostabi", "hostabi/host"},
	"core/auth":     {"hostabi", "hostabi/host"},
	"core/route":    {"hostabi", "hostabi/host"},
	"core/sink":     {"hostabi", "hostabi/host"},
	"core/provider": {"hostabi", "hostabi/host"},
	"core/guard":    {"hostabi", "hostabi/host", "hostabi/window"},
	"core/app":      {"config", "hostabi", "hostabi/host", "hostabi/pack", "hostabi/cases", "hostabi/cases/hosted", "plugins"},
	"core/cli":      {"config", "hostabi", "hostabi/host", "hostabi/pack", "hostabi/cases", "hostabi/cases/hosted", "plugins"},
	"core/admin":    {"config"},
}

// heavy is what guests must not import: a guest is compiled, cached and mapped with all of it, and runs it several times
// slower than the host would.
var heavy = map[string]string{
	"fmt":           "0.7 MB of wasm; strconv and the SDK's Out do",
	"encoding/json": "1.4 MB, and ten times the time of a tape",
	"regexp":        "0.6 MB, and 10 to 40 ms for a pattern",
	"net":           "guests have no sockets",
	"net/http":      "guests have no sockets",
	"net/url":       "pulls in fmt",
	"os":            "guests have no files",
	"math/rand":     "its sequence is the same in every instance; ask the host",
	"math/rand/v2":  "its sequence is the same in every instance; ask the host",
	"text/template": "makes the linker keep every method of every type",
	"html/template": "makes the linker keep every method of every type",
}

// unlinked is what the gateway must not contain, however indirectly.
var unlinked = map[string]string{
	"text/template":  "makes the linker keep every method of every type: 18 MB",
	"html/template":  "as text/template",
	"testing":        "belongs to tests",
	"expvar":         "registers a handler that shows the command line",
	"net/http/pprof": "registers handlers that anybody may call",
}

// vague are names that say nothing about what a package is for.
var vague = []string{"util", "utils", "common", "helper", "helpers", "types", "misc", "base", "shared"}

const maxLines = 500 // of a file; what is longer has a second subject

// source is one Go package, its test files left out and those of all platforms in.
type source struct {
	folder  string
	name    string
	doc     bool
	imports map[string]string // of ours, relative to the module, and the standard library's; where from
	lines   map[string]int
}

// sources reads every package of the module.
func sources(t *testing.T) map[string]*source {
	t.Helper()
	all := map[string]*source{}
	err := filepath.WalkDir(".", func(file string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if e.IsDir() && file != "." && skipped(file, e.Name()) {
			return fs.SkipDir
		}
		if e.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		folder := filepath.ToSlash(filepath.Dir(file))
		if all[folder] == nil {
			all[folder] = &source{folder: folder, imports: map[string]string{}, lines: map[string]int{}}
		}
		return all[folder].read(file)
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 15 {
		t.Fatalf("found only %d packages", len(all))
	}
	return all
}

// skipped reports whether a folder holds no packages of the module: test data, built things, or a module of its own.
func skipped(folder, name string) bool {
	_, err := os.Stat(filepath.Join(folder, "go.mod"))
	return err == nil || name == "testdata" || name == "node_modules" || name == "bin" || name[0] == '.' || name[0] == '_'
}

func (s *source) read(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	f, err := parser.ParseFile(token.NewFileSet(), file, text, parser.ImportsOnly|parser.ParseComments)
	if err != nil {
		return err
	}
	s.name = f.Name.Name
	s.doc = s.doc || f.Doc != nil && isPackageComment(f)
	s.lines[file] = bytes.Count(text, []byte("\n"))
	for _, i := range f.Imports {
		name, err := strconv.Unquote(i.Path.Value)
		if err != nil {
			return err
		}
		if name == module {
			name += "/."
		}
		s.imports[name] = file
	}
	return nil
}

// isPackageComment reports whether a file's comment is one that go doc shows: programs may begin it with their own name.
func isPackageComment(f *ast.File) bool {
	return f.Name.Name == "main" || strings.HasPrefix(f.Doc.Text(), "Package "+f.Name.Name+" ")
}

// owner returns the listed package that a folder is or belongs to, "" when there is none.
func owner(folder string) string {
	best := ""
	for _, known := range listed() {
		within := folder == known || known != "." && strings.HasPrefix(folder, known+"/")
		if parent, ok := strings.CutSuffix(known, "/*"); ok && strings.HasPrefix(folder, parent+"/") {
			within = true
		}
		if within && len(known) > len(best) {
			best = known
		}
	}
	return best
}

func listed() []string {
	list := slices.Concat(layers...)
	for _, b := range beside {
		list = append(list, b.pkg)
	}
	return list
}

func layer(pkg string) int {
	return slices.IndexFunc(layers, func(l []string) bool { return slices.Contains(l, pkg) })
}

// allowed reports whether a package of one owner may import one of another, and if not, why.
func allowed(from, to string) (bool, string) {
	if from == to {
		return true, ""
	}
	for _, b := range beside {
		if b.pkg == from {
			return slices.Contains(b.may, to), b.reason
		}
	}
	if below := layer(to); below >= 0 {
		return below < layer(from), "imports point down the layers only"
	}
	leaf := to == "hostabi/tape" && from != "core"
	return leaf || slices.Contains(extra[from], to), "only few packages know what is beside the layers"
}

func TestImportsPointOneWay(t *testing.T) {
	for folder, s := range sources(t) {
		from := owner(folder)
		if from == "" {
			t.Errorf("%s has no place: add it to layers or beside in laws_test.go", folder)
			continue
		}
		for name, file := range s.imports {
			target, ours := strings.CutPrefix(name, module+"/")
			if !ours {
				continue
			}
			if ok, reason := allowed(from, owner(target)); !ok {
				t.Errorf("%s imports %s: %s", file, target, reason)
			}
		}
	}
}

// TestLayersForbid makes sure that the table can fail.
func TestLayersForbid(t *testing.T) {
	for _, c := range []struct {
		from, to string
		want     bool
	}{
		{"core/app", "core/server", true}, {"core/server", "core/app", false}, {"core/route", "core/auth", false},
		{"core/auth", "core", true}, {"core", "core/auth", false}, {"core", "hostabi/tape", false}, {"core/auth", "hostabi/tape", true},
		{"core/catalog", "hostabi/host", false}, {"core/guest", "core/auth", false}, {"hostabi/host", "core", false}, {"sdk", "hostabi/host", false},
		{"sdk/chat/relay", "sdk/chat", true}, {"sdk/chat", "sdk", true}, {"sdk", "sdk/chat", false}, {"plugins/demo", "sdk/chat/relay", true},
		{"plugins/demo", "plugins/openai", true}, {"plugins/demo", "sdk/sdktest", false}, {"plugins/demo", "plugins", false},
		{"config", "core", false}, {".", "core/cli", true}, {"core/catalog/generate", "core/catalog/internal/pricelist", true},
	} {
		if got, _ := allowed(owner(c.from), owner(c.to)); got != c.want {
			t.Errorf("%s may import %s: %t, want %t", c.from, c.to, got, c.want)
		}
	}
}

func TestPackagesSayWhatTheyAreFor(t *testing.T) {
	for folder, s := range sources(t) {
		if !s.doc {
			t.Errorf("%s has no package comment that begins as go doc wants it", folder)
		}
		if slices.Contains(vague, s.name) || slices.Contains(vague, path.Base(folder)) {
			t.Errorf("%s: the name %s says nothing", folder, s.name)
		}
	}
}

func TestFilesHaveOneSubject(t *testing.T) {
	for _, s := range sources(t) {
		for file, lines := range s.lines {
			if lines > maxLines {
				t.Errorf("%s has %d lines, more than %d", file, lines, maxLines)
			}
		}
	}
}

func TestModuleReplacesNothing(t *testing.T) {
	text, err := os.ReadFile("go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word == "replace" || word == "exclude" {
			t.Errorf("go.mod has %q: whoever builds the gateway as a dependency would get something else", strings.TrimSpace(line))
		}
	}
}

func TestGuestsAreLight(t *testing.T) {
	all := sources(t)
	var guests []string
	for folder, s := range all {
		if owner(folder) == "plugins/*" && s.name == "main" {
			guests = append(guests, "./"+folder)
		}
	}
	if len(guests) == 0 {
		t.Fatal("found no guests")
	}
	for name := range dependencies(t, []string{"GOOS=wasip1", "GOARCH=wasm"}, guests...) {
		if reason, found := heavy[name]; found {
			t.Errorf("guests contain %s: %s", name, reason)
		}
	}
}

func TestGatewayIsLight(t *testing.T) {
	for name := range dependencies(t, nil, ".") {
		if reason, found := unlinked[name]; found {
			t.Errorf("the gateway contains %s: %s", name, reason)
		}
	}
}

// dependencies returns everything that the packages import, directly or not.
func dependencies(t *testing.T, env []string, packages ...string) map[string]bool {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-deps"}, packages...)...)
	list.Env = append(os.Environ(), env...)
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	deps := map[string]bool{}
	for name := range strings.Lines(string(out)) {
		deps[strings.TrimSpace(name)] = true
	}
	return deps
}
