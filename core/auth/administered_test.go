package auth

import (
	"slices"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// Who becomes an administrator of an organization, also of one that the key has nothing to do with, is one at once.
func TestAdministratorsOfOrganizations(t *testing.T) {
	s, a := books(t)
	family(t, s)
	administered := func() []string {
		t.Helper()
		p, ok, e := a.Find(keyHash())
		if !ok || e != nil {
			t.Fatal(ok, e)
		}
		return p.Account.Administers
	}
	if got := administered(); got != nil {
		t.Errorf("at first %q", got)
	}
	write(t, s, func(tx *store.Tx) error {
		if err := s.Organizations.Insert(tx, &core.Organization{ID: "other/one"}); err != nil {
			return err
		}
		if err := s.OrganizationMembers.Insert(tx, &core.OrganizationMember{OrganizationID: "o", UserID: "u", Role: internalUser}); err != nil {
			return err
		}
		return s.OrganizationMembers.Insert(tx, &core.OrganizationMember{OrganizationID: "other/one", UserID: "u", Role: orgAdmin})
	})
	a.Forget("organization_members", "other/one/u")
	if got := administered(); !slices.Equal(got, []string{"other/one"}) {
		t.Errorf("then %q", got)
	}
	write(t, s, func(tx *store.Tx) error { return s.OrganizationMembers.Delete(tx, "other/one", "u") })
	a.poll(t.Context(), func(string, string) {})
	if got := administered(); got != nil {
		t.Errorf("in the end %q", got)
	}
}

func TestRoutesOfAnAccount(t *testing.T) {
	s, a := books(t)
	write(t, s, func(tx *store.Tx) error {
		return s.Keys.Insert(tx, &core.Key{Hash: keyHash(), AllowedRoutes: []string{"/v1/embeddings"}})
	})
	p, ok, e := a.Find(keyHash())
	if !ok || e != nil {
		t.Fatal(ok, e)
	}
	if c := p.Account.Closed; !c[core.Chat] || c[core.Embeddings] {
		t.Errorf("%v", c)
	}
}
