package admin

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// uiTeam is the team of the keys that the user interface makes for itself. Lists leave them out.
const uiTeam = "litellm-dashboard"

func userInfo(ctx context.Context, c *call) (any, *core.Error) {
	id := c.query("user_id")
	if id == "" {
		if c.query("view_all") == "true" {
			if e := c.administrators(true); e != nil {
				return nil, e
			}
			return listUsers(ctx, c)
		}
		if id = c.who.UserID; id == "" && c.who.Admin {
			id = defaultUser
		}
	}
	if !c.reads() && (id != c.who.UserID || id == "") {
		return nil, refuse(403, "auth_error", "user_id", "key not allowed to access this user's info. user_id="+id+", key's user_id="+c.who.UserID)
	}
	row, e := c.userInfoRow(ctx, id)
	if e != nil {
		return nil, e
	}
	keys, e := c.keysOf(ctx, id)
	if e != nil {
		return nil, e
	}
	teams, e := c.teamsWith(ctx, id)
	return map[string]any{"user_id": id, "user_info": row, "keys": keys, "teams": teams}, e
}

// userInfoRow is a user's row. Whoever makes the request may have none and is not unknown for that.
func (c *call) userInfoRow(ctx context.Context, id string) (map[string]any, *core.Error) {
	u, err := c.Store.Users.Get(ctx, id)
	switch {
	case err == nil:
		return c.oneUser(ctx, u)
	case !errors.Is(err, store.ErrNotFound):
		return nil, c.failure(err)
	case id == c.creator():
		return map[string]any{}, nil
	}
	return nil, refuse(404, "not_found_error", "user_id", "User "+id+" not found")
}

func (c *call) keysOf(ctx context.Context, user string) ([]map[string]any, *core.Error) {
	keys, err := c.Store.Keys.List(ctx, store.Page{Limit: mostKeys}, store.Where{Column: "user_id", Value: user})
	if err != nil {
		return nil, c.failure(err)
	}
	keys = slices.DeleteFunc(keys, func(k *core.Key) bool { return k.TeamID != nil && *k.TeamID == uiTeam })
	return c.keysShown(ctx, keys)
}

// teamsWith lists a user's teams, each with the user's own membership.
func (c *call) teamsWith(ctx context.Context, user string) ([]map[string]any, *core.Error) {
	members, err := c.Store.Members.List(ctx, store.Page{Limit: teamsPerPage}, store.Where{Column: "user_id", Value: user})
	if err != nil {
		return nil, c.failure(err)
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.TeamID
	}
	teams, err := c.Store.Teams.List(ctx, store.Page{Limit: len(ids)}, store.Where{Column: "id", Value: ids})
	if err != nil {
		return nil, c.failure(err)
	}
	rows, _, e := c.teamRows(ctx, teams)
	if e != nil {
		return nil, e
	}
	own, e := c.memberships(ctx, members)
	if e != nil {
		return nil, e
	}
	for i, t := range teams {
		at := slices.Index(ids, t.ID)
		rows[i]["team_memberships"] = own[at : at+1]
	}
	return rows, nil
}

func listUsers(ctx context.Context, c *call) (any, *core.Error) {
	page, e := c.listPage(25)
	if e != nil {
		return nil, e
	}
	var where []store.Where
	if role := c.query("role"); role != "" {
		if e := knownRole(role, userRoles, "role"); e != nil {
			return nil, e
		}
		where = append(where, store.Where{Column: "role", Value: role})
	}
	if list := c.query("user_ids"); list != "" {
		ids := strings.Split(list, ",")
		if len(ids) > 1000 {
			return nil, refuse(400, "bad_request_error", "user_ids", "at most 1000 users can be asked for at once")
		}
		where = append(where, store.Where{Column: "id", Value: ids})
	}
	if email := c.query("user_email"); email != "" {
		where = append(where, store.Where{Column: "email", Value: email, Prefix: true})
	}
	users, err := c.Store.Users.List(ctx, page, where...)
	if err != nil {
		return nil, c.failure(err)
	}
	total, err := c.Store.Users.Count(ctx, where...)
	if err != nil {
		return nil, c.failure(err)
	}
	rows, e := c.userRows(ctx, users)
	if e != nil {
		return nil, e
	}
	return paged("users", rows, total, page), nil
}

// roleText describes a role to programs that offer it.
type roleText struct {
	Description string `json:"description"`
	Label       string `json:"ui_label"`
}

func availableRoles(context.Context, *call) (any, *core.Error) {
	return map[string]roleText{
		"proxy_admin":          {"may do everything", "Admin (All Permissions)"},
		"proxy_admin_viewer":   {"may see everything and change nothing", "Admin (View Only)"},
		"internal_user":        {"may make, see and delete keys of their own, and see what they spend", "Internal User (Create/Delete/View)"},
		"internal_user_viewer": {"may see their own keys and what they spend", "Internal Viewer (View Only)"},
	}, nil
}
