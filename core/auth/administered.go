package auth

import (
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// organizationMembers is the table of who is what in an organization. An account depends on all of a user's rows, also on
// those that are not there yet: it has a part of its own for them.
const (
	organizationMembers = "organization_members"
	administration      = "administers/"
)

// maxAdministered bounds how many memberships of a user are looked at.
const maxAdministered = 1000

// administered finds the organizations that an account's user is an administrator of.
func (a *Accounts) administered(r *reading, acc *core.Account) {
	if r.err != nil || acc.User == nil {
		return
	}
	r.parts = append(r.parts, administration+acc.User.ID)
	rows, err := a.store.OrganizationMembers.List(r.ctx, store.Page{Limit: maxAdministered}, store.Where{Column: "user_id", Value: acc.User.ID})
	if err != nil {
		r.err = err
		return
	}
	for _, m := range rows {
		if m.Role == orgAdmin {
			acc.Administers = append(acc.Administers, m.OrganizationID)
		}
	}
}
