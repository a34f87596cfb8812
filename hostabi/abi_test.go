package hostabi_test

import (
	"fmt"
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func reference(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// exportedConstants returns the exported constants of the package in dir, evaluated.
func exportedConstants(t *testing.T, dir string) map[string]constant.Value {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	set := token.NewFileSet()
	var parsed []*ast.File
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
	}
	// Constants need no imports: what is missing for lack of them does no harm.
	config := types.Config{Error: func(error) {}}
	pkg, _ := config.Check(dir, set, parsed, nil)
	values := map[string]constant.Value{}
	for _, name := range pkg.Scope().Names() {
		if c, ok := pkg.Scope().Lookup(name).(*types.Const); ok && c.Exported() {
			values[name] = c.Val()
		}
	}
	return values
}

// TestReferenceHasEveryConstant checks docs/ABI.md: numbers stand in a table row with their name, names in code quotes.
func TestReferenceHasEveryConstant(t *testing.T) {
	text := reference(t)
	for _, dir := range []string{".", "tape"} {
		constants := exportedConstants(t, dir)
		if len(constants) < 15 {
			t.Fatalf("found only %d constants in %s", len(constants), dir)
		}
		for name, value := range constants {
			want := fmt.Sprintf("| `%s` | %s |", name, value)
			switch {
			case name == "Version":
				want = fmt.Sprintf("%s is 1.0", value)
			case value.Kind() == constant.String:
				want = "`" + constant.StringVal(value) + "`"
			}
			if !strings.Contains(text, want) {
				t.Errorf("docs/ABI.md does not have %s = %s: want %q", name, value, want)
			}
		}
	}
}

// TestReferenceHasEveryField checks the layouts in docs/ABI.md and the sizes that the contract promises.
func TestReferenceHasEveryField(t *testing.T) {
	text := reference(t)
	for _, c := range []struct {
		value any
		size  uintptr
		want  uintptr
	}{
		{hostabi.Header{}, unsafe.Sizeof(hostabi.Header{}), hostabi.HeaderSize},
		{tape.Node{}, unsafe.Sizeof(tape.Node{}), tape.NodeSize},
		{tape.Op{}, unsafe.Sizeof(tape.Op{}), tape.OpSize},
		{hostabi.Segment{}, unsafe.Sizeof(hostabi.Segment{}), hostabi.SegmentSize},
		{hostabi.Hit{}, unsafe.Sizeof(hostabi.Hit{}), hostabi.HitSize},
		{hostabi.HTTPCall{}, unsafe.Sizeof(hostabi.HTTPCall{}), hostabi.HTTPCallSize},
	} {
		typ := reflect.TypeOf(c.value)
		if c.size != c.want {
			t.Errorf("%s has %d bytes, want %d", typ, c.size, c.want)
		}
		for i := range typ.NumField() {
			f := typ.Field(i)
			row := fmt.Sprintf("| %d | %d | `%s` |", f.Offset, f.Type.Size(), f.Name)
			if f.Name != "_" && !strings.Contains(text, row) {
				t.Errorf("docs/ABI.md does not have field %s of %s: want %q", f.Name, typ, row)
			}
		}
	}
}

func TestReferenceHasWasiAndManifest(t *testing.T) {
	text := reference(t)
	names := slices.Clone(hostabi.Wasi)
	for _, typ := range []reflect.Type{reflect.TypeFor[hostabi.Manifest](), reflect.TypeFor[hostabi.Vendor](),
		reflect.TypeFor[hostabi.Needs](), reflect.TypeFor[hostabi.Upstream](), reflect.TypeFor[hostabi.Limits]()} {
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			names = append(names, key)
			if yaml := typ.Field(i).Tag.Get("yaml"); yaml != key {
				t.Errorf("%s.%s is %q in JSON and %q in YAML", typ, typ.Field(i).Name, key, yaml)
			}
		}
	}
	for _, name := range names {
		if !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/ABI.md does not have `%s`", name)
		}
	}
}

// TestNumbersStay guards the numbers themselves: compiled guests have them inside.
func TestNumbersStay(t *testing.T) {
	for name, c := range map[string]struct{ got, want int }{
		"EventRequest": {int(hostabi.EventRequest), 1}, "EventCancel": {int(hostabi.EventCancel), 6},
		"Pass": {int(hostabi.Pass), 0}, "Done": {int(hostabi.Done), 2},
		"Moderations": {int(hostabi.Moderations), 4}, "OutEvent": {int(hostabi.OutEvent), 2},
		"SetEndpoint": {int(hostabi.SetEndpoint), 3}, "UsageReasoning": {hostabi.UsageReasoning, 4},
		"APIError": {int(hostabi.APIError), 14}, "ErrnoDenied": {int(hostabi.ErrnoDenied), 9},
		"EventWindow": {int(hostabi.EventWindow), 18}, "EventAuth": {int(hostabi.EventAuth), 34},
		"EventTimer": {int(hostabi.EventTimer), 49}, "RoleTool": {int(hostabi.RoleTool), 4},
		"PartReasoning": {int(hostabi.PartReasoning), 4}, "CallRefused": {int(hostabi.CallRefused), 4},
		"ScopeGlobal": {int(hostabi.ScopeGlobal), 2}, "MetricGauge": {int(hostabi.MetricGauge), 2},
		"FlagComplete": {int(hostabi.FlagComplete), 16}, "Version": {hostabi.Version, 65536},
		"Object": {int(tape.Object), 7}, "Flat": {int(tape.Flat), 4}, "OpLitQuote": {int(tape.OpLitQuote), 4},
	} {
		if c.got != c.want {
			t.Errorf("%s is %d, but compiled guests say %d", name, c.got, c.want)
		}
	}
}
