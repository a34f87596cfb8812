package admin

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// userRoles are the roles that users may be given.
var userRoles = []string{"proxy_admin", "proxy_admin_viewer", "internal_user", "internal_user_viewer"}

// userFields are the members of a user that requests may set.
var userFields = append([]field[core.User]{
	nameField("user_email", func(u *core.User) **string { return &u.Email }),
	textField("user_alias", func(u *core.User) **string { return &u.Alias }),
	textField("user_role", func(u *core.User) **string { return &u.Role }),
	textsField("models", func(u *core.User) *[]string { return &u.Models }),
	{"metadata", "dict_type", "Input should be a valid dictionary", func(u *core.User, v json.RawMessage) error {
		return replaceMetadata(&u.Metadata, v)
	}},
}, limitFields(func(u *core.User) *core.Limits { return &u.Limits })...)

// fillUser sets what a request says about a user.
func (c *call) fillUser(u *core.User, g given) *core.Error {
	period := u.BudgetDuration
	if g.has("password") {
		return refuse(400, "bad_request_error", "password", "Users have no passwords here: they sign in with keys")
	}
	if e := apply(g, userFields, u); e != nil {
		return e
	}
	if u.Role != nil {
		if e := knownRole(*u.Role, userRoles, "user_role"); e != nil {
			return e
		}
	}
	startBudget(&u.Limits, period, c.change.UpdatedAt)
	return nil
}

// freeEmail refuses an address that another user has.
func (w *work) freeEmail(u *core.User) error {
	if u.Email == nil || *u.Email == "" {
		return nil
	}
	other, err := w.Store.Users.FindIn(w.tx, store.Where{Column: "email", Value: *u.Email})
	if err == nil && other.ID != u.ID {
		return detail(400, "User with email "+*u.Email+" already exists")
	}
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// userRow is a user as answers show it.
func (c *call) userRow(u *core.User, spent core.Spent, teams []string) map[string]any {
	row := c.limitedRow(u, &u.Limits, spent)
	if teams == nil {
		teams = []string{}
	}
	row["teams"] = teams
	if u.Models == nil {
		row["models"] = []string{}
	}
	return row
}

// userRows are users with their teams and what they have spent, read at once.
func (c *call) userRows(ctx context.Context, users []*core.User) ([]map[string]any, *core.Error) {
	ids := make([]string, len(users))
	for i, u := range users {
		ids[i] = u.ID
	}
	members, err := c.Store.Members.ListEach(ctx, "user_id", ids, mostTeamsOfUser)
	if err != nil {
		return nil, c.failure(err)
	}
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerUser, ids)
	if err != nil {
		return nil, c.failure(err)
	}
	rows := make([]map[string]any, len(users))
	for i, u := range users {
		var teams []string
		for _, m := range members[u.ID] {
			teams = append(teams, m.TeamID)
		}
		rows[i] = c.userRow(u, spent[u.ID], teams)
	}
	return rows, nil
}

// addedUsers are users as those see them who have made them members of something: with what is theirs only if they may see
// everything.
func (c *call) addedUsers(ctx context.Context, users []*core.User) ([]map[string]any, *core.Error) {
	if c.reads() {
		return c.userRows(ctx, users)
	}
	rows := make([]map[string]any, len(users))
	for i, u := range users {
		rows[i] = map[string]any{"user_id": u.ID, "user_email": u.Email, "user_alias": u.Alias}
	}
	return rows, nil
}

func (c *call) oneUser(ctx context.Context, u *core.User) (map[string]any, *core.Error) {
	rows, e := c.userRows(ctx, []*core.User{u})
	if e != nil {
		return nil, e
	}
	return rows[0], nil
}

// deleteUsers removes users with their keys, memberships and budgets.
func (w *work) deleteUsers(ids []string) error {
	gone, err := w.users().delete(w, store.Where{Column: "id", Value: ids})
	if err != nil {
		return err
	}
	for _, id := range ids {
		if !slices.ContainsFunc(gone, func(u *core.User) bool { return u.ID == id }) {
			return refuse(404, "not_found_error", "user_ids", "User not found, passed user_id="+id)
		}
		if err := w.setSpent(core.PayerUser, id, &core.Limits{}, 0); err != nil {
			return err
		}
	}
	of := store.Where{Column: "user_id", Value: ids}
	if _, err := w.keys().delete(w, of); err != nil {
		return err
	}
	if _, err := w.organizationMembers().delete(w, of); err != nil {
		return err
	}
	members, err := w.members().delete(w, of)
	if err != nil {
		return err
	}
	var owners []string
	for _, m := range members {
		owners = append(owners, memberOwner(m))
	}
	return w.dropBudgets(owners...)
}
