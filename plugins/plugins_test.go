package plugins

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// TestManifests checks that the bundled plugins' manifests hold, are called like their folders, and don't claim the
// same vendor.
func TestManifests(t *testing.T) {
	names := Names()
	if !slices.Contains(names, "demo") || !slices.IsSorted(names) {
		t.Fatalf("plugins are %v", names)
	}
	served := map[string]string{}
	for _, name := range names {
		m, err := Manifest(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if m.Name != name {
			t.Errorf("the plugin in %s calls itself %s", name, m.Name)
		}
		for _, v := range m.Vendors {
			for _, vendor := range append([]string{v.Name}, v.Aliases...) {
				if other := served[vendor]; other != "" {
					t.Errorf("%s and %s both serve %s", other, name, vendor)
				}
				served[vendor] = name
			}
		}
	}
}

func TestOpen(t *testing.T) {
	module, err := Open("demo")
	if err != nil {
		t.Fatal(err)
	}
	inside, err := pack.Manifest(module.Wasm)
	if err != nil {
		t.Fatal(err)
	}
	if beside, err := Manifest("demo"); err != nil || !reflect.DeepEqual(inside, beside) {
		t.Errorf("the module says %+v, its folder %+v, %v", inside, beside, err)
	}
}

func TestUnknownPlugin(t *testing.T) {
	for _, name := range []string{"", "nonsense", "../plugins/demo"} {
		if _, err := Open(name); err == nil || !strings.Contains(err.Error(), "no bundled plugin is called") {
			t.Errorf("Open(%q): %v", name, err)
		}
		if _, err := Manifest(name); err == nil {
			t.Errorf("Manifest(%q) succeeds", name)
		}
	}
}
