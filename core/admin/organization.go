package admin

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// organizationFields are the members of an organization that requests may set. The budget is not among them: see linkBudget.
var organizationFields = []field[core.Organization]{
	{"organization_alias", "string_type", "Input should be a valid string", func(o *core.Organization, v json.RawMessage) error {
		var alias *string
		if err := json.Unmarshal(v, &alias); err != nil {
			return err
		}
		if alias == nil || *alias == "" {
			return wrong("organization_alias must have something in it")
		}
		o.Alias = *alias
		return checkName("organization_alias", o.Alias)
	}},
	textsField("models", func(o *core.Organization) *[]string { return &o.Models }),
	{"metadata", "dict_type", "Input should be a valid dictionary", func(o *core.Organization, v json.RawMessage) error {
		return replaceMetadata(&o.Metadata, v)
	}},
}

// fillOrganization sets what a request says about an organization.
func (c *call) fillOrganization(o *core.Organization, g given) *core.Error {
	if g.has("budget_id") && g.limits() {
		return invalid("value_error", []string{"budget_id"}, "Set either budget_id or limits such as max_budget, not both", g["budget_id"])
	}
	if e := apply(g, organizationFields, o); e != nil {
		return e
	}
	return takeMetadata(g, &o.Metadata)
}

// organizationRows are organizations as answers show them, read at once.
func (c *call) organizationRows(ctx context.Context, all []*core.Organization) ([]map[string]any, *core.Error) {
	ids, budgetIDs := make([]string, len(all)), make([]*string, len(all))
	for i, o := range all {
		ids[i], budgetIDs[i] = o.ID, o.BudgetID
	}
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerOrganization, ids)
	if err != nil {
		return nil, c.failure(err)
	}
	budgets, e := c.budgets(ctx, budgetIDs)
	if e != nil {
		return nil, e
	}
	rows := make([]map[string]any, len(all))
	for i, o := range all {
		row := object(o)
		row["spend"] = present(budgetLimits(budgets, o.BudgetID), spent[o.ID], c.now())
		row["model_spend"] = map[string]any{}
		row["litellm_budget_table"] = c.budgetTable(budgets, o.BudgetID)
		rows[i] = row
	}
	return rows, nil
}

// wholeOrganizations are organizations with their members and teams. A list shows about a thousand of each, shared among
// its organizations.
func (c *call) wholeOrganizations(ctx context.Context, all []*core.Organization) ([]map[string]any, *core.Error) {
	rows, e := c.organizationRows(ctx, all)
	if e != nil {
		return nil, e
	}
	ids := make([]string, len(all))
	for i, o := range all {
		ids[i] = o.ID
	}
	each := max(1000/max(len(ids), 1), 10)
	members, err := c.Store.OrganizationMembers.ListEach(ctx, "organization_id", ids, each)
	if err != nil {
		return nil, c.failure(err)
	}
	teams, err := c.Store.Teams.ListEach(ctx, "organization_id", ids, each)
	if err != nil {
		return nil, c.failure(err)
	}
	teamRows, e := shownBy(ctx, ids, teams, c.bareTeams)
	if e != nil {
		return nil, e
	}
	for i, id := range ids {
		rows[i]["teams"], rows[i]["members"] = teamRows[id], organizationMemberRows(members[id])
	}
	return rows, nil
}

// bareTeams are teams as their organization shows them: without members and keys.
func (c *call) bareTeams(ctx context.Context, teams []*core.Team) ([]map[string]any, *core.Error) {
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerTeam, teamIDs(teams))
	if err != nil {
		return nil, c.failure(err)
	}
	rows := make([]map[string]any, len(teams))
	for i, t := range teams {
		rows[i] = c.limitedRow(t, &t.Limits, spent[t.ID])
	}
	return rows, nil
}

func organizationMemberRows(members []*core.OrganizationMember) []map[string]any {
	rows := make([]map[string]any, len(members))
	for i, m := range members {
		rows[i] = object(m)
	}
	return rows
}

func noOrganization(id string) *core.Error {
	return refuse(404, "not_found_error", "organization_id", "Organization not found, passed organization_id="+id)
}

// deleteOrganizations removes organizations with their teams, keys, members and budgets, all or none.
func (w *work) deleteOrganizations(ids []string) ([]*core.Organization, error) {
	gone, err := w.organizations().delete(w, store.Where{Column: "id", Value: ids})
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, o := range gone {
		there[o.ID] = true
	}
	var owners []string
	for _, id := range ids {
		if !there[id] {
			return nil, noOrganization(id)
		}
		owners = append(owners, "organization/"+id)
		if err := w.setSpent(core.PayerOrganization, id, &core.Limits{}, 0); err != nil {
			return nil, err
		}
	}
	of := store.Where{Column: "organization_id", Value: ids}
	if _, err := w.organizationMembers().delete(w, of); err != nil {
		return nil, err
	}
	if _, err := w.keys().delete(w, of); err != nil {
		return nil, err
	}
	return gone, errors.Join(w.deleteTeams(of), w.dropBudgets(owners...))
}
