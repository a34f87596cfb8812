package store

import (
	"encoding/json"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// The tables of things that are managed. Each has Get, GetIn, Insert, Update, Delete, Change, List and Count.
type (
	// KeyTable holds virtual keys by the hash of their secret.
	KeyTable struct{ Table[core.Key] }
	// TeamTable holds teams by id.
	TeamTable struct{ Table[core.Team] }
	// MemberTable holds the members of teams by team and user.
	MemberTable struct{ Table[core.Member] }
	// UserTable holds users by id.
	UserTable struct{ Table[core.User] }
	// CustomerTable holds end users by id.
	CustomerTable struct{ Table[core.Customer] }
	// OrganizationTable holds organizations by id.
	OrganizationTable struct{ Table[core.Organization] }
	// OrganizationMemberTable holds the members of organizations by organization and user.
	OrganizationMemberTable struct {
		Table[core.OrganizationMember]
	}
	// BudgetTable holds budgets by id.
	BudgetTable struct{ Table[core.Budget] }
	// ModelTable holds deployments by id.
	ModelTable struct{ Table[Model] }
	// CredentialTable holds named credentials by name.
	CredentialTable struct{ Table[Credential] }
	// SettingTable holds settings of the configuration that were changed through the API, by name.
	SettingTable struct{ Table[Setting] }
)

// Model is a deployment that is kept in the store. Secrets in Params are encrypted by whoever writes them.
type Model struct {
	ID     string          `json:"model_id"`
	Name   string          `json:"model_name"`
	TeamID *string         `json:"team_id"`
	Params json.RawMessage `json:"litellm_params"`
	Info   json.RawMessage `json:"model_info"`
	core.Change
}

// Credential is a named set of credentials. Values are encrypted by whoever writes them.
type Credential struct {
	Name   string            `json:"credential_name"`
	Values map[string]string `json:"credential_values"`
	Info   json.RawMessage   `json:"credential_info"`
	core.Change
}

// Setting is a section of the configuration.
type Setting struct {
	Name  string          `json:"param_name"`
	Value json.RawMessage `json:"param_value"`
	core.Change
}

func none[T any](*T) []any { return nil }

// text is a column's value for a text that may be missing.
func text(s *string) any {
	if s == nil || *s == "" {
		return nil
	}
	return *s
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func (s *Store) tables() {
	s.Keys = &KeyTable{Table[core.Key]{store: s, name: "keys", ids: []string{"hash"},
		cols: []string{"alias", "user_id", "team_id", "organization_id", "budget_id", "expires"},
		id:   func(k *core.Key) []any { return []any{k.Hash} },
		rest: func(k *core.Key) []any {
			var expires any
			if k.Expires != nil {
				expires = micros(*k.Expires)
			}
			return []any{text(k.Alias), text(k.UserID), text(k.TeamID), text(k.OrganizationID), text(k.BudgetID), expires}
		},
		made: func(k *core.Key) time.Time { return k.CreatedAt }}}
	s.Teams = &TeamTable{Table[core.Team]{store: s, name: "teams", ids: []string{"id"}, cols: []string{"alias", "organization_id", "budget_id"},
		id:   func(t *core.Team) []any { return []any{t.ID} },
		rest: func(t *core.Team) []any { return []any{text(t.Alias), text(t.OrganizationID), text(t.MemberBudgetID)} },
		made: func(t *core.Team) time.Time { return t.CreatedAt }}}
	s.Members = &MemberTable{Table[core.Member]{store: s, name: "members", ids: []string{"team_id", "user_id"}, cols: []string{"budget_id"},
		id:   func(m *core.Member) []any { return []any{m.TeamID, m.UserID} },
		rest: func(m *core.Member) []any { return []any{text(m.BudgetID)} },
		made: func(m *core.Member) time.Time { return m.CreatedAt }}}
	s.Users = &UserTable{Table[core.User]{store: s, name: "users", ids: []string{"id"}, cols: []string{"email", "role"},
		id:   func(u *core.User) []any { return []any{u.ID} },
		rest: func(u *core.User) []any { return []any{text(u.Email), text(u.Role)} },
		made: func(u *core.User) time.Time { return u.CreatedAt }}}
	s.Customers = &CustomerTable{Table[core.Customer]{store: s, name: "customers", ids: []string{"id"}, cols: []string{"blocked", "budget_id"},
		id:   func(c *core.Customer) []any { return []any{c.ID} },
		rest: func(c *core.Customer) []any { return []any{flag(c.Blocked), text(c.BudgetID)} },
		made: func(c *core.Customer) time.Time { return c.CreatedAt }}}
	s.Organizations = &OrganizationTable{Table[core.Organization]{store: s, name: "organizations", ids: []string{"id"},
		cols: []string{"alias", "budget_id"}, id: func(o *core.Organization) []any { return []any{o.ID} },
		rest: func(o *core.Organization) []any { return []any{o.Alias, text(o.BudgetID)} },
		made: func(o *core.Organization) time.Time { return o.CreatedAt }}}
	s.OrganizationMembers = &OrganizationMemberTable{Table[core.OrganizationMember]{store: s, name: "organization_members",
		ids: []string{"organization_id", "user_id"}, cols: []string{"budget_id"},
		id:   func(m *core.OrganizationMember) []any { return []any{m.OrganizationID, m.UserID} },
		rest: func(m *core.OrganizationMember) []any { return []any{text(m.BudgetID)} },
		made: func(m *core.OrganizationMember) time.Time { return m.CreatedAt }}}
	s.Budgets = &BudgetTable{Table[core.Budget]{store: s, name: "budgets", ids: []string{"id"}, cols: []string{"owner"},
		id:   func(b *core.Budget) []any { return []any{b.ID} },
		rest: func(b *core.Budget) []any { return []any{text(&b.Owner)} },
		made: func(b *core.Budget) time.Time { return b.CreatedAt }}}
	s.Models = &ModelTable{Table[Model]{store: s, name: "models", ids: []string{"id"}, cols: []string{"name", "team_id"},
		id:   func(m *Model) []any { return []any{m.ID} },
		rest: func(m *Model) []any { return []any{m.Name, text(m.TeamID)} },
		made: func(m *Model) time.Time { return m.CreatedAt }}}
	s.Credentials = &CredentialTable{Table[Credential]{store: s, name: "credentials", ids: []string{"name"}, rest: none[Credential],
		id:   func(c *Credential) []any { return []any{c.Name} },
		made: func(c *Credential) time.Time { return c.CreatedAt }}}
	s.Settings = &SettingTable{Table[Setting]{store: s, name: "settings", ids: []string{"name"}, rest: none[Setting],
		id:   func(c *Setting) []any { return []any{c.Name} },
		made: func(c *Setting) time.Time { return c.CreatedAt }}}
	s.Spend, s.Audit, s.Changes = &SpendTable{s}, &AuditTable{s}, &ChangeTable{s}
}
