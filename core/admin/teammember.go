package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// teamRoles are the roles of members of a team.
var teamRoles = []string{"admin", "user"}

// newMember is somebody whom a request makes a member.
type newMember struct {
	UserID string `json:"user_id"`
	Email  string `json:"user_email"`
	Role   string `json:"role"`
}

// readMembers reads a member of a body that is one new member or a list of them.
func readMembers(g given, name string, roles []string) ([]newMember, *core.Error) {
	if !g.has(name) {
		return nil, nil
	}
	var list []newMember
	text := g[name]
	if text[0] == '{' {
		list = make([]newMember, 1)
		if json.Unmarshal(text, &list[0]) != nil {
			list = nil
		}
	} else if json.Unmarshal(text, &list) != nil {
		list = nil
	}
	switch {
	case list == nil:
		return nil, invalid("value_error", []string{name}, `Input should be like {"role": "user", "user_id": "u1"}, or a list of those`, text)
	case len(list) > 1000:
		return nil, refuse(400, "bad_request_error", name, "at most 1000 members can be added at once")
	}
	for _, m := range list {
		if e := m.check(name, roles); e != nil {
			return nil, e
		}
	}
	return list, nil
}

func (m newMember) check(name string, roles []string) *core.Error {
	input, _ := json.Marshal(m)
	if m.UserID == "" && m.Email == "" {
		return invalid("value_error", []string{name}, "Either user_id or user_email must be provided", input)
	}
	if err := errors.Join(checkName("user_id", m.UserID), checkName("user_email", m.Email)); err != nil {
		return invalid("value_error", []string{name}, err.Error(), nil)
	}
	return knownRole(m.Role, roles, name, "role")
}

// knownRole refuses a role that is none.
func knownRole(role string, roles []string, at ...string) *core.Error {
	if slices.Contains(roles, role) {
		return nil
	}
	quoted, _ := json.Marshal(role)
	return invalid("literal_error", at, "Input should be '"+strings.Join(roles, "', '")+"'", quoted)
}

// memberOwner is a member as the owner of a budget.
func memberOwner(m *core.Member) string { return "member/" + m.TeamID + "/" + m.UserID }

// person returns the user whom a request means by an id or an address; one who is not there is made.
func (w *work) person(m newMember) (*core.User, error) {
	u, err := w.findPerson(m.UserID, m.Email)
	if !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	u = &core.User{ID: m.UserID, Models: []string{}, Metadata: map[string]any{}, Change: w.change}
	if u.ID == "" {
		u.ID = newID()
	}
	if m.Email != "" {
		u.Email = &m.Email
		if err := w.freeEmail(u); err != nil {
			return nil, err
		}
	}
	return u, w.users().insert(w, u)
}

func (w *work) findPerson(id, email string) (*core.User, error) {
	if id != "" {
		return w.Store.Users.GetIn(w.tx, id)
	}
	return w.Store.Users.FindIn(w.tx, store.Where{Column: "email", Value: email})
}

// addMembers puts users into a team. Those who are in it already are left out. budget has the limits that each gets, nil for
// the team's own.
func (w *work) addMembers(t *core.Team, members []newMember, budget given) ([]*core.Member, error) {
	var added []*core.Member
	for _, m := range members {
		u, err := w.person(m)
		if err != nil {
			return nil, err
		}
		_, err = w.Store.Members.GetIn(w.tx, t.ID, u.ID)
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		row := &core.Member{TeamID: t.ID, UserID: u.ID, UserEmail: u.Email, Role: m.Role, BudgetID: t.MemberBudgetID, Change: w.change}
		row.CreatedAt = row.CreatedAt.Add(time.Duration(len(added)) * time.Microsecond) // lists keep the order
		if budget != nil {
			if row.BudgetID, err = w.ownBudget(memberOwner(row), row.BudgetID, budget); err != nil {
				return nil, err
			}
		}
		if err := w.members().insert(w, row); err != nil {
			return nil, err
		}
		added = append(added, row)
	}
	return added, nil
}

// budgetInTeam is the limit that a request gives a member, nil when it says nothing of it.
func (g given) budgetInTeam() (given, *core.Error) {
	v, ok := g["max_budget_in_team"]
	if !ok {
		return nil, nil
	}
	limits := given{"max_budget": v}
	if e := apply(limits, budgetFields, &core.Budget{}); e != nil {
		return nil, invalid("value_error", []string{"max_budget_in_team"}, strings.Replace(e.Message, "max_budget", "max_budget_in_team", 1), v)
	}
	return limits, nil
}

func addMembers(ctx context.Context, c *call) (any, *core.Error) {
	if !c.body.has("member") {
		return nil, missing("member")
	}
	members, e := readMembers(c.body, "member", teamRoles)
	if e != nil {
		return nil, e
	}
	budget, e := c.body.budgetInTeam()
	if e != nil {
		return nil, e
	}
	t, e := c.ledTeam(ctx, func(t *core.Team) bool { return budget == nil && c.joins(t, members) })
	if e != nil {
		return nil, e
	}
	var added []*core.Member
	err := c.write(ctx, func(w *work) error {
		team, err := w.Store.Teams.GetIn(w.tx, t.ID) // others who add members wait
		if err != nil {
			return err
		}
		if added, err = w.addMembers(team, members, budget); err != nil || len(added) > 0 || c.body["member"][0] != '{' {
			return err
		}
		return errMember
	})
	if errors.Is(err, errMember) {
		return nil, c.already(ctx, t, members[0])
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil, noTeamForMembers(t.ID)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return c.addedAnswer(ctx, t, added)
}

func noTeamForMembers(id string) *core.Error {
	return refuse(404, "not_found_error", "team_id", "Team not found for team_id="+id)
}

// errMember means that the only one to be added is a member.
var errMember = errors.New("is a member")

// already says that somebody is in a team.
func (c *call) already(ctx context.Context, t *core.Team, m newMember) *core.Error {
	members, err := c.Store.Members.List(ctx, store.Page{Limit: 10}, store.Where{Column: "team_id", Value: t.ID})
	if err != nil {
		return c.failure(err)
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.UserID
	}
	return detail(400, fmt.Sprintf("User=%s already in team. Existing members=[%s]", cmp.Or(m.UserID, m.Email), strings.Join(ids, ", ")))
}

// ledTeam returns the team that a request names, if who makes it may change its members, or is let in by may.
func (c *call) ledTeam(ctx context.Context, may func(*core.Team) bool) (*core.Team, *core.Error) {
	id, e := c.body.required("team_id")
	if e != nil {
		return nil, e
	}
	t, err := c.Store.Teams.Get(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, c.failure(err)
	}
	if t == nil && c.who.Admin {
		return nil, noTeamForMembers(id)
	}
	if t != nil {
		if ok, e := c.leads(ctx, t); e != nil || ok || may != nil && may(t) {
			return t, e
		}
	}
	return nil, refuse(403, "auth_error", "team_id", "Call not allowed. User not proxy admin OR team admin. route="+string(c.ctx.Path())+", team_id="+id)
}

// joins reports whether users do nothing but join a team that is open to them.
func (c *call) joins(t *core.Team, members []newMember) bool {
	return slices.Contains(c.Settings().AvailableTeams, t.ID) && len(members) == 1 && members[0].Role == "user" &&
		c.who.UserID != "" && members[0].UserID == c.who.UserID
}

func (c *call) addedAnswer(ctx context.Context, t *core.Team, added []*core.Member) (any, *core.Error) {
	row, _, e := c.oneTeam(ctx, t)
	if e != nil {
		return nil, e
	}
	ids := make([]string, len(added))
	for i, m := range added {
		ids[i] = m.UserID
	}
	users, err := c.Store.Users.List(ctx, store.Page{Limit: len(ids)}, store.Where{Column: "id", Value: ids})
	if err != nil {
		return nil, c.failure(err)
	}
	if row["updated_users"], e = c.addedUsers(ctx, users); e != nil {
		return nil, e
	}
	row["updated_team_memberships"], e = c.memberships(ctx, added)
	return row, e
}

// memberNamed returns the member whom a request names, and fails with store.ErrNotFound when they are not in the team.
func (w *work) memberNamed(t *core.Team, id, email string) (*core.Member, error) {
	u, err := w.findPerson(id, email)
	if errors.Is(err, store.ErrNotFound) && id != "" {
		u, err = &core.User{ID: id}, nil // the user is gone, the membership may be there
	}
	if err != nil {
		return nil, err
	}
	return w.Store.Members.GetIn(w.tx, t.ID, u.ID)
}

// namedUser reads whom a request means.
func (g given) namedUser() (id, email string, e *core.Error) {
	if id, e = g.text("user_id"); e != nil {
		return "", "", e
	}
	if email, e = g.text("user_email"); e != nil {
		return "", "", e
	}
	if id == "" && email == "" {
		return "", "", invalid("value_error", nil, "Either user_id or user_email must be provided", nil)
	}
	return id, email, nil
}

func notInTeam(team string) *core.Error {
	return refuse(400, "bad_request_error", "user_id", "User not found in team. Team_id="+team)
}

// deleteMember takes a user out of a team, and with that away the keys that the user has for it.
func deleteMember(ctx context.Context, c *call) (any, *core.Error) {
	id, email, e := c.body.namedUser()
	if e != nil {
		return nil, e
	}
	t, e := c.ledTeam(ctx, nil)
	if e != nil {
		return nil, e
	}
	err := c.write(ctx, func(w *work) error {
		if _, err := w.Store.Teams.GetIn(w.tx, t.ID); err != nil {
			return err
		}
		m, err := w.memberNamed(t, id, email)
		if err != nil {
			return err
		}
		team, user := store.Where{Column: "team_id", Value: t.ID}, store.Where{Column: "user_id", Value: m.UserID}
		if _, err := w.members().delete(w, team, user); err != nil {
			return err
		}
		if _, err := w.keys().delete(w, team, user); err != nil {
			return err
		}
		return w.dropBudgets(memberOwner(m))
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, notInTeam(t.ID)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	row, _, e := c.oneTeam(ctx, t)
	return row, e
}

// updateMember changes a member's role, or the budget that they have in the team.
func updateMember(ctx context.Context, c *call) (any, *core.Error) {
	id, email, e := c.body.namedUser()
	if e != nil {
		return nil, e
	}
	role, e := c.body.text("role")
	if e == nil && role != "" {
		e = knownRole(role, teamRoles, "role")
	}
	if e != nil {
		return nil, e
	}
	budget, e := c.body.budgetInTeam()
	if e != nil {
		return nil, e
	}
	t, e := c.ledTeam(ctx, nil)
	if e != nil {
		return nil, e
	}
	var m *core.Member
	err := c.write(ctx, func(w *work) (err error) {
		if m, err = w.memberNamed(t, id, email); err != nil {
			return err
		}
		m, err = w.members().update(w, updated, func(m *core.Member) (err error) {
			if role != "" {
				m.Role = role
			}
			if budget != nil {
				m.BudgetID, err = w.ownBudget(memberOwner(m), m.BudgetID, budget)
			}
			return err
		}, t.ID, m.UserID)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, notInTeam(t.ID)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return c.memberAnswer(ctx, m)
}

func (c *call) memberAnswer(ctx context.Context, m *core.Member) (any, *core.Error) {
	budgets, e := c.budgets(ctx, []*string{m.BudgetID})
	if e != nil {
		return nil, e
	}
	return map[string]any{"team_id": m.TeamID, "user_id": m.UserID, "user_email": m.UserEmail,
		"max_budget_in_team": budgetLimits(budgets, m.BudgetID).MaxBudget}, nil
}
