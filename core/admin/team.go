package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// teamFields are the members of a team that requests may set.
var teamFields = append([]field[core.Team]{
	nameField("team_alias", func(t *core.Team) **string { return &t.Alias }),
	nameField("organization_id", func(t *core.Team) **string { return &t.OrganizationID }),
	textsField("models", func(t *core.Team) *[]string { return &t.Models }),
	mapField("model_aliases", func(t *core.Team) *map[string]string { return &t.ModelAliases }),
	switchField("blocked", func(t *core.Team) *bool { return &t.Blocked }),
	{"metadata", "dict_type", "Input should be a valid dictionary", func(t *core.Team, v json.RawMessage) error {
		return replaceMetadata(&t.Metadata, v)
	}},
}, limitFields(func(t *core.Team) *core.Limits { return &t.Limits })...)

// switchField is a boolean for which null is false.
func switchField[T any](name string, at func(*T) *bool) field[T] {
	return field[T]{name, "bool_type", "Input should be a valid boolean", func(into *T, v json.RawMessage) error {
		*at(into) = false
		return json.Unmarshal(v, at(into))
	}}
}

// fillTeam sets what a request says about a team.
func (c *call) fillTeam(t *core.Team, g given) *core.Error {
	period := t.BudgetDuration
	if e := apply(g, teamFields, t); e != nil {
		return e
	}
	if e := takeMetadata(g, &t.Metadata); e != nil {
		return e
	}
	startBudget(&t.Limits, period, c.change.UpdatedAt)
	return nil
}

// memberBudgetFields are limits that each member of a team has, and their names in a budget.
var memberBudgetFields = map[string]string{"team_member_budget": "max_budget", "team_member_budget_duration": "budget_duration",
	"team_member_rpm_limit": "rpm_limit", "team_member_tpm_limit": "tpm_limit"}

// budgetMembers makes or changes the budget that members of a team have when they are given none of their own.
func (w *work) budgetMembers(t *core.Team, g given) (err error) {
	limits := given{}
	for name, limit := range memberBudgetFields {
		if v, ok := g[name]; ok {
			limits[limit] = v
		}
	}
	if len(limits) == 0 {
		return nil
	}
	t.MemberBudgetID, err = w.ownBudget("team/"+t.ID, t.MemberBudgetID, limits)
	return err
}

// mayHave refuses to those who are not administrators what they may not have themselves.
func (c *call) mayHave(ctx context.Context, t *core.Team) *core.Error {
	if c.who.Admin {
		return nil
	}
	u, err := c.Store.Users.Get(ctx, c.who.UserID)
	if errors.Is(err, store.ErrNotFound) {
		u, err = &core.User{}, nil
	}
	if err != nil {
		return c.failure(err)
	}
	role := ". User role=" + c.who.Role
	switch {
	case u.MaxBudget != nil && (t.MaxBudget == nil || *t.MaxBudget > *u.MaxBudget):
		return detail(400, fmt.Sprintf("max budget higher than user max. User max budget=%v", u.MaxBudget.Float())+role)
	case u.TPM != nil && (t.TPM == nil || *t.TPM > *u.TPM):
		return detail(400, fmt.Sprintf("tpm limit higher than user max. User tpm limit=%d", *u.TPM)+role)
	case u.RPM != nil && (t.RPM == nil || *t.RPM > *u.RPM):
		return detail(400, fmt.Sprintf("rpm limit higher than user max. User rpm limit=%d", *u.RPM)+role)
	}
	return c.mayUse(u, t.Models)
}

// mayUse refuses a team models that whoever makes it may not use.
func (c *call) mayUse(u *core.User, models []string) *core.Error {
	if len(u.Models) == 0 || slices.Contains(u.Models, "all-proxy-models") {
		return nil
	}
	allowed := fmt.Sprintf("Model not in allowed user models. User allowed models=%s. User id=%s", strings.Join(u.Models, ", "), c.who.UserID)
	if len(models) == 0 {
		return detail(400, allowed)
	}
	for _, m := range models {
		if !slices.Contains(u.Models, m) {
			return detail(400, allowed)
		}
	}
	return nil
}

// knownOrganization refuses a team of an organization that is not there: its limits would not hold.
func (w *work) knownOrganization(t *core.Team) error {
	if t.OrganizationID == nil || *t.OrganizationID == "" {
		return nil
	}
	_, err := w.Store.Organizations.GetIn(w.tx, *t.OrganizationID)
	if errors.Is(err, store.ErrNotFound) {
		return detail(400, "Organization not found, passed organization_id="+*t.OrganizationID)
	}
	return err
}

// memberEntry is a member as a team shows it.
type memberEntry struct {
	UserID string  `json:"user_id"`
	Email  *string `json:"user_email"`
	Role   string  `json:"role"`
}

// teamRow is a team as answers show it.
func (c *call) teamRow(t *core.Team, spent core.Spent, members []*core.Member) map[string]any {
	row := c.limitedRow(t, &t.Limits, spent)
	entries := make([]memberEntry, len(members))
	for i, m := range members {
		entries[i] = memberEntry{m.UserID, m.UserEmail, m.Role}
	}
	row["members_with_roles"] = entries
	row["admins"], row["members"] = []string{}, []string{}
	row["litellm_model_table"] = nil
	if t.ModelAliases != nil {
		row["litellm_model_table"] = map[string]any{"model_aliases": t.ModelAliases, "created_by": t.CreatedBy, "updated_by": t.UpdatedBy}
	}
	if t.Models == nil {
		row["models"] = []string{}
	}
	return row
}

// mostMembers is how many members of a team answers show.
const mostMembers = 1000

// oneTeam is a team's row as it is now, with its members.
func (c *call) oneTeam(ctx context.Context, t *core.Team) (map[string]any, []*core.Member, *core.Error) {
	members, err := c.Store.Members.List(ctx, store.Page{Limit: mostMembers}, store.Where{Column: "team_id", Value: t.ID})
	if err != nil {
		return nil, nil, c.failure(err)
	}
	spent, err := c.Store.Spend.Spent(ctx, core.PayerTeam, t.ID)
	if err != nil {
		return nil, nil, c.failure(err)
	}
	return c.teamRow(t, spent, members), members, nil
}

// memberships are members as answers show them: with their budgets and what they have spent of them.
func (c *call) memberships(ctx context.Context, members []*core.Member) ([]map[string]any, *core.Error) {
	ids, budgetIDs := make([]string, len(members)), make([]*string, len(members))
	for i, m := range members {
		ids[i], budgetIDs[i] = m.TeamID+"/"+m.UserID, m.BudgetID
	}
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerMember, ids)
	if err != nil {
		return nil, c.failure(err)
	}
	budgets, e := c.budgets(ctx, budgetIDs)
	if e != nil {
		return nil, e
	}
	rows := make([]map[string]any, len(members))
	for i, m := range members {
		rows[i] = map[string]any{"user_id": m.UserID, "team_id": m.TeamID, "budget_id": m.BudgetID,
			"spend": present(budgetLimits(budgets, m.BudgetID), spent[ids[i]], c.now()), "litellm_budget_table": c.budgetTable(budgets, m.BudgetID)}
	}
	return rows, nil
}
