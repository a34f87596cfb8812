package sdktest

import (
	"fmt"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// Cases runs the cases of the plugin in dir natively and in wasm. There must be some.
func Cases(t *testing.T, dir string) {
	t.Helper()
	list := readCases(t, dir)
	if len(list) == 0 {
		t.Fatalf("the folder %s has no cases", dir)
	}
	Both(t, dir, func(t *testing.T, p *Plugin) {
		for i := range list {
			c := &list[i]
			t.Run(c.Name, func(t *testing.T) {
				if err := cases.Run(p.runner, c); err != nil {
					t.Error(err)
				}
			})
		}
	})
}

func readCases(t testing.TB, dir string) []cases.Case {
	t.Helper()
	list, err := pack.ReadCases(dir, manifest(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// Run asks the plugin what a case says and returns how the answer differs, nil when it does not.
func (p *Plugin) Run(c Case) error {
	if err := cases.Run(p.runner, &c); err != nil {
		return fmt.Errorf("%s: %w", p.Manifest.Name, err)
	}
	return nil
}
