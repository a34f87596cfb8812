package auth

import (
	"errors"
	"fmt"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Limits of what a plugin says about a principal.
const (
	maxText   = 4 << 10 // bytes of a name
	maxModels = 4096
)

// readPrincipal reads the answer of an auth plugin. What it doesn't know is an error: it could be meant to restrict.
func readPrincipal(d *tape.Doc) (core.Principal, error) {
	var p core.Principal
	if d.Nodes[0].Kind != tape.Object {
		return p, errors.New("the principal is not an object")
	}
	seen := make([]string, 0, 8)
	for m := 1; m < int(d.Nodes[0].Next); m = int(d.Nodes[m].Next) {
		key := d.Key(m)
		if slices.Contains(seen, key) {
			return core.Principal{}, fmt.Errorf("the principal has the member %.64q twice", key)
		}
		seen = append(seen, key)
		if err := readMember(&p, d, m, key); err != nil {
			return core.Principal{}, err
		}
	}
	return p, nil
}

func readMember(p *core.Principal, d *tape.Doc, m int, key string) error {
	kind := d.Nodes[m].Kind
	switch key {
	case "models":
		return readModels(p, d, m)
	case "admin":
		p.Admin = kind == tape.True
		if kind != tape.True && kind != tape.False {
			return errors.New("the principal's admin is not a boolean")
		}
		return nil
	}
	into := text(p, key)
	switch {
	case into == nil:
		return fmt.Errorf("the principal has an unknown member %.64q", key)
	case kind == tape.String && d.Nodes[m].Len <= maxText:
		*into = string(d.Text(m))
	case kind != tape.Null:
		return fmt.Errorf("the principal's %s is not a text of up to %d bytes", key, maxText)
	}
	return nil
}

func text(p *core.Principal, key string) *string {
	switch key {
	case "key_alias":
		return &p.KeyAlias
	case "user_id":
		return &p.UserID
	case "team_id":
		return &p.TeamID
	case "organization_id":
		return &p.OrganizationID
	}
	return nil
}

func readModels(p *core.Principal, d *tape.Doc, list int) error {
	n := &d.Nodes[list]
	if n.Kind == tape.Null {
		return nil
	}
	if n.Kind != tape.Array || n.Flags&tape.Flat != 0 {
		return errors.New("the principal's models are not a list of names")
	}
	p.Models = []string{} // an empty list is none, not all
	for m := list + 1; m < int(n.Next); m = int(d.Nodes[m].Next) {
		if d.Nodes[m].Kind != tape.String || d.Nodes[m].Len == 0 || d.Nodes[m].Len > maxText || len(p.Models) == maxModels {
			return errors.New("the principal's models are not a list of names")
		}
		p.Models = append(p.Models, string(d.Text(m)))
	}
	return nil
}
