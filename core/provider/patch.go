package provider

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var modelKey = tape.MustIntern("model")

// patches prepares what is changed in every request before the guest sees it: gateway keys and parameters that the
// vendor lacks go, the vendor's names for parameters, the deployment's defaults and its model come.
func (t *Target) patches() error {
	p := tape.Patch{Drop: slices.Clone(gatewayKeys), Set: []tape.Alias{tape.SetText(modelKey, t.Model)}}
	drop, err := atoms(t.spec.AdditionalDrop)
	if err != nil {
		return fmt.Errorf("additional_drop_params of %s: %w", t.spec.Model, err)
	}
	p.Drop = append(p.Drop, drop...)
	for from, to := range t.Vendor.Rename {
		key, err := tape.Intern(from)
		if err != nil {
			return fmt.Errorf("plugin %s: rename %q: %w", t.Vendor.Plugin, from, err)
		}
		p.Rename = append(p.Rename, tape.Alias{Key: key, To: to})
	}
	if len(t.spec.Defaults) > 0 {
		p.Merge = new(tape.Doc)
		if err := p.Merge.Scan(bytes.Clone(t.spec.Defaults)); err != nil {
			return fmt.Errorf("request parameters of %s: %w", t.spec.Model, err)
		}
	}
	unsupported := slices.DeleteFunc(slices.Clone(t.Vendor.Unsupported), func(name string) bool {
		return slices.Contains(t.spec.Allowed, name)
	})
	if t.refuse, err = atoms(unsupported); err != nil {
		return fmt.Errorf("plugin %s: unsupported: %w", t.Vendor.Plugin, err)
	}
	t.keep, t.drop = p, p
	t.drop.Drop = slices.Concat(p.Drop, t.refuse)
	if err := p.Check(); err != nil {
		return fmt.Errorf("request parameters of %s: %w", t.spec.Model, err)
	}
	return nil
}

func atoms(names []string) ([]tape.Atom, error) {
	list := make([]tape.Atom, len(names))
	for i, name := range names {
		var err error
		if list[i], err = tape.Intern(name); err != nil {
			return nil, fmt.Errorf("%q: %w", name, err)
		}
	}
	return list, nil
}

// unsupported names a parameter of the request that the vendor lacks, "" when there is none.
func (t *Target) unsupported(doc *tape.Doc) string {
	for _, a := range t.refuse {
		if i := doc.Get(0, a); i >= 0 && doc.Nodes[i].Kind != tape.Null {
			return a.Name()
		}
	}
	return ""
}
