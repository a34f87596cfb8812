package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// TeamRoutes serve /team/*.
func (a *API) TeamRoutes() []Route {
	return []Route{
		{"POST", "/team/new", a.handler(newTeam)},
		{"POST", "/team/update", a.handler(updateTeam)},
		{"POST", "/team/delete", a.handler(deleteTeams)},
		{"POST", "/team/block", a.handler(blockTeam(true))},
		{"POST", "/team/unblock", a.handler(blockTeam(false))},
		{"POST", "/team/model/add", a.handler(changeModels(withModels))},
		{"POST", "/team/model/delete", a.handler(changeModels(withoutModels))},
		{"POST", "/team/member_add", a.handler(addMembers)},
		{"POST", "/team/member_delete", a.handler(deleteMember)},
		{"POST", "/team/member_update", a.handler(updateMember)},
		{"GET", "/team/info", a.handler(teamInfo)},
		{"GET", "/team/list", a.handler(listTeams)},
		{"GET", "/v2/team/list", a.handler(listTeamPages)},
		{"GET", "/team/available", a.handler(availableTeams)},
	}
}

func newTeam(ctx context.Context, c *call) (any, *core.Error) {
	t, members, e := c.describedTeam()
	if e != nil {
		return nil, e
	}
	if e := c.mustGovern(ctx, t.OrganizationID); e != nil {
		return nil, e
	}
	if e := c.mayHave(ctx, t); e != nil {
		return nil, e
	}
	err := c.write(ctx, func(w *work) error { return w.makeTeam(t, members) })
	if err != nil {
		return nil, c.failure(err)
	}
	row, _, e := c.oneTeam(ctx, t)
	return row, e
}

// describedTeam is the team that a request describes, and its members: who makes the request is an administrator of it.
func (c *call) describedTeam() (*core.Team, []newMember, *core.Error) {
	id, e := c.body.newName("team_id")
	if e != nil {
		return nil, nil, e
	}
	if id == "" {
		id = newID()
	}
	if strings.Contains(id, "/") {
		return nil, nil, invalid("value_error", []string{"team_id"}, "team_id must not contain a slash", c.body["team_id"])
	}
	t := &core.Team{ID: id, Models: []string{}, Metadata: map[string]any{}, Change: c.change}
	if e := c.fillTeam(t, c.body); e != nil {
		return nil, nil, e
	}
	members, e := readMembers(c.body, "members_with_roles", teamRoles)
	if e != nil {
		return nil, nil, e
	}
	for _, list := range []struct{ name, role string }{{"admins", "admin"}, {"members", "user"}} {
		ids, e := c.body.texts(list.name)
		if e != nil {
			return nil, nil, e
		}
		for _, id := range ids {
			members = append(members, newMember{UserID: id, Role: list.role})
		}
	}
	creator := c.creator()
	if !slices.ContainsFunc(members, func(m newMember) bool { return m.UserID == creator }) {
		members = append(members, newMember{UserID: creator, Role: "admin"})
	}
	return t, members, nil
}

// creator is the user who makes the request.
func (c *call) creator() string {
	if c.who.UserID != "" {
		return c.who.UserID
	}
	return defaultUser
}

func (w *work) makeTeam(t *core.Team, members []newMember) error {
	_, err := w.Store.Teams.GetIn(w.tx, t.ID)
	if err == nil {
		return refuse(400, "bad_request_error", "team_id", "Team id = "+t.ID+" already exists. Please use a different team id.")
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := w.knownOrganization(t); err != nil {
		return err
	}
	t.MemberBudgetID = nil
	if err := w.budgetMembers(t, w.body); err != nil {
		return err
	}
	if err := w.Store.Teams.Insert(w.tx, t); err != nil {
		return err
	}
	added, err := w.addMembers(t, members, nil)
	if err != nil {
		return err
	}
	after := w.teamRow(t, core.Spent{}, added)
	return w.teams().note(w, created, t, nil, after)
}

func noTeam(status int, id string) *core.Error {
	return detail(status, "Team not found, passed team_id="+id)
}

// governed returns a team, if who makes the request may change it.
func (c *call) governed(ctx context.Context, id string, status int) (*core.Team, *core.Error) {
	t, err := c.Store.Teams.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		if e := c.administrators(false); e != nil {
			return nil, e
		}
		return nil, noTeam(status, id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return t, c.mustGovern(ctx, t.OrganizationID)
}

// namedTeam is governed for the team that a request names.
func (c *call) namedTeam(ctx context.Context, status int) (*core.Team, *core.Error) {
	id, e := c.body.required("team_id")
	if e != nil {
		return nil, e
	}
	return c.governed(ctx, id, status)
}

// changeTeam changes a team in one transaction.
func (c *call) changeTeam(ctx context.Context, id, action string, f func(*work, *core.Team) error) (map[string]any, *core.Error) {
	var t *core.Team
	err := c.write(ctx, func(w *work) (err error) {
		t, err = w.teams().update(w, action, func(t *core.Team) error { return f(w, t) }, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noTeam(400, id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	row, _, e := c.oneTeam(ctx, t)
	return row, e
}

func updateTeam(ctx context.Context, c *call) (any, *core.Error) {
	t, e := c.namedTeam(ctx, 400)
	if e != nil {
		return nil, e
	}
	if _, ok := c.body["organization_id"]; ok && !c.who.Admin {
		return nil, refuse(403, "auth_error", "organization_id", "Only proxy admin can move a team to another organization")
	}
	if e := c.fillTeam(t, c.body); e != nil {
		return nil, e
	}
	if _, ok := c.body["models"]; ok || c.body.limits() {
		if e := c.mayHave(ctx, t); e != nil {
			return nil, e
		}
	}
	row, e := c.changeTeam(ctx, t.ID, updated, func(w *work, t *core.Team) error {
		if e := c.fillTeam(t, c.body); e != nil {
			return e
		}
		if err := w.knownOrganization(t); err != nil {
			return err
		}
		return w.budgetMembers(t, c.body)
	})
	if e != nil {
		return nil, e
	}
	return map[string]any{"team_id": t.ID, "data": row}, nil
}

func blockTeam(block bool) func(context.Context, *call) (any, *core.Error) {
	action := unblocked
	if block {
		action = blocked
	}
	return func(ctx context.Context, c *call) (any, *core.Error) {
		t, e := c.namedTeam(ctx, 404)
		if e != nil {
			return nil, e
		}
		row, e := c.changeTeam(ctx, t.ID, action, func(_ *work, t *core.Team) error { t.Blocked = block; return nil })
		return row, e
	}
}

func changeModels(f func(now, named []string) []string) func(context.Context, *call) (any, *core.Error) {
	return func(ctx context.Context, c *call) (any, *core.Error) {
		named, e := c.body.ids("models")
		if e != nil {
			return nil, e
		}
		t, e := c.namedTeam(ctx, 404)
		if e != nil {
			return nil, e
		}
		t.Models = f(t.Models, named)
		if e := c.mayHave(ctx, t); e != nil {
			return nil, e
		}
		row, e := c.changeTeam(ctx, t.ID, updated, func(_ *work, t *core.Team) error {
			before := len(t.Models)
			if t.Models = f(t.Models, named); before > 0 && len(t.Models) == 0 {
				return detail(400, "Without these models the team would have none in its list, which lets it use every model. "+
					"Block the team, or say so with /team/update")
			}
			return nil
		})
		return row, e
	}
}

func withModels(now, named []string) []string {
	for _, m := range named {
		if !slices.Contains(now, m) {
			now = append(now, m)
		}
	}
	return now
}

func withoutModels(now, named []string) []string {
	return slices.DeleteFunc(now, func(m string) bool { return slices.Contains(named, m) })
}

func deleteTeams(ctx context.Context, c *call) (any, *core.Error) {
	ids, e := c.body.ids("team_ids")
	if e != nil {
		return nil, e
	}
	for _, id := range ids {
		if _, e := c.governed(ctx, id, 400); e != nil {
			return nil, e
		}
	}
	err := c.write(ctx, func(w *work) error { return w.deleteTeams(store.Where{Column: "id", Value: ids}) })
	if err != nil {
		return nil, c.failure(err)
	}
	return map[string]any{"deleted_teams": ids}, nil
}

// deleteTeams removes teams with their keys, members and budgets.
func (w *work) deleteTeams(where store.Where) error {
	gone, err := w.teams().delete(w, where)
	if err != nil {
		return err
	}
	ids, owners := make([]string, len(gone)), make([]string, len(gone))
	for i, t := range gone {
		ids[i], owners[i] = t.ID, "team/"+t.ID
		if err := w.setSpent(core.PayerTeam, t.ID, &core.Limits{}, 0); err != nil {
			return err
		}
	}
	of := store.Where{Column: "team_id", Value: ids}
	if _, err := w.keys().delete(w, of); err != nil {
		return err
	}
	members, err := w.members().delete(w, of)
	if err != nil {
		return err
	}
	for _, m := range members {
		if m.BudgetID != nil {
			owners = append(owners, memberOwner(m))
		}
	}
	return w.dropBudgets(owners...)
}
