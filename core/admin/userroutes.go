package admin

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// UserRoutes serve /user/*, but for /user/block and /user/unblock, which are about customers.
func (a *API) UserRoutes() []Route {
	return []Route{
		{"POST", "/user/new", a.handler(onlyAdministrators(false, newUser))},
		{"POST", "/user/update", a.handler(updateUser)},
		{"POST", "/user/delete", a.handler(onlyAdministrators(false, deleteUsers))},
		{"GET", "/user/info", a.handler(userInfo)},
		{"GET", "/user/list", a.handler(onlyAdministrators(true, listUsers))},
		{"GET", "/user/get_users", a.handler(onlyAdministrators(true, listUsers))},
		{"GET", "/user/available_roles", a.handler(availableRoles)},
	}
}

func newUser(ctx context.Context, c *call) (any, *core.Error) {
	g := c.withUserDefaults()
	u, teams, e := c.describedUser(g)
	if e != nil {
		return nil, e
	}
	spent, e := g.spend()
	if e != nil {
		return nil, e
	}
	k, secret, e := c.userKey(ctx, u, g)
	if e != nil {
		return nil, e
	}
	err := c.write(ctx, func(w *work) error { return w.makeUser(u, teams, spent, k) })
	if errors.Is(err, errKey) {
		return nil, c.conflict(ctx, k)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	row, e := c.oneUser(ctx, u)
	if e != nil || k == nil {
		return withoutKey(row), e
	}
	answer, e := c.keyAnswer(ctx, k, secret)
	if e != nil {
		return nil, e
	}
	all := answer.(map[string]any)
	for _, name := range []string{"user_id", "user_email", "user_role", "user_alias", "teams", "spend", "max_budget", "budget_duration", "budget_reset_at"} {
		all[name] = row[name]
	}
	return all, nil
}

// withoutKey is the answer about a user for whom no key was made.
func withoutKey(row map[string]any) map[string]any {
	if row != nil {
		row["key"], row["token"], row["expires"] = "", nil, nil
	}
	return row
}

// withUserDefaults fills in what the configuration says of new users who are internal ones.
func (c *call) withUserDefaults() given {
	g := maps.Clone(c.body)
	if role, e := g.text("user_role"); e != nil || role != "internal_user" {
		return g
	}
	for name, v := range c.Settings().DefaultUserParams {
		if !g.has(name) {
			g[name] = v
		}
	}
	return g
}

// describedUser is the user whom a request describes, and the teams to join.
func (c *call) describedUser(g given) (*core.User, []string, *core.Error) {
	id, e := g.newName("user_id")
	if e != nil {
		return nil, nil, e
	}
	if id == "" {
		id = newID()
	}
	u := &core.User{ID: id, Models: []string{}, Metadata: map[string]any{}, Change: c.change}
	if e := c.fillUser(u, g); e != nil {
		return nil, nil, e
	}
	teams, e := g.texts("teams")
	if e != nil {
		return nil, nil, e
	}
	team, e := g.text("team_id")
	if e == nil && team != "" && !slices.Contains(teams, team) {
		teams = append(teams, team)
	}
	slices.Sort(teams) // all who lock several do so in one order
	return u, slices.Compact(teams), e
}

// userKey is the key that comes with a new user, nil when the request wants none. It has the user's limits.
func (c *call) userKey(ctx context.Context, u *core.User, g given) (*core.Key, string, *core.Error) {
	wanted := true
	if v, ok := g["auto_create_key"]; ok && json.Unmarshal(v, &wanted) != nil {
		return nil, "", invalid("bool_type", []string{"auto_create_key"}, "Input should be a valid boolean", v)
	}
	if !wanted {
		return nil, "", nil
	}
	g, e := c.withDefaults(g)
	if e != nil {
		return nil, "", e
	}
	g["user_id"], _ = json.Marshal(u.ID)
	k, secret, e := c.newKey(g)
	if e == nil {
		e = c.checkOwners(ctx, k)
	}
	return k, secret, e
}

// errKey means that the key of a new user has a secret or an alias that is taken.
var errKey = errors.New("the key is taken")

func (w *work) makeUser(u *core.User, teams []string, spent *core.USD, k *core.Key) error {
	_, err := w.Store.Users.GetIn(w.tx, u.ID)
	if err == nil {
		return refuse(400, "bad_request_error", "user_id", "User with id "+u.ID+" already exists. Use /user/update to change it.")
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if err := w.freeEmail(u); err != nil {
		return err
	}
	if err := w.users().insert(w, u); err != nil {
		return err
	}
	for _, id := range teams {
		t, err := w.Store.Teams.GetIn(w.tx, id)
		if errors.Is(err, store.ErrNotFound) {
			return noTeam(400, id)
		}
		if err != nil {
			return err
		}
		if _, err := w.addMembers(t, []newMember{{UserID: u.ID, Role: "user"}}, nil); err != nil {
			return err
		}
	}
	if spent != nil {
		if err := w.setSpent(core.PayerUser, u.ID, &u.Limits, *spent); err != nil {
			return err
		}
	}
	if k == nil {
		return nil
	}
	w.written = append(w.written, [2]string{"keys", k.Hash})
	if err := w.putKey(w.tx, k, nil); errors.Is(err, store.ErrConflict) {
		return errKey
	} else if err != nil {
		return err
	}
	return nil
}

func updateUser(ctx context.Context, c *call) (any, *core.Error) {
	if e := c.mayUpdateUser(); e != nil {
		return nil, e
	}
	id, email, e := c.body.namedUser()
	if e != nil {
		return nil, e
	}
	if _, e := c.body.newName("user_id"); e != nil {
		return nil, e
	}
	spent, e := c.body.spend()
	if e != nil {
		return nil, e
	}
	var u *core.User
	err := c.write(ctx, func(w *work) (err error) {
		named := id
		if named == "" {
			if u, err = w.findPerson("", email); err != nil {
				return err
			}
			named = u.ID
		}
		if u, err = w.changeUser(named); err != nil || spent == nil {
			return err
		}
		return w.setSpent(core.PayerUser, u.ID, &u.Limits, *spent)
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, refuse(404, "not_found_error", "user_email", "User not found, passed user_email="+email)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	row, e := c.oneUser(ctx, u)
	if e != nil {
		return nil, e
	}
	return map[string]any{"user_id": u.ID, "data": row}, nil
}

// mayUpdateUser lets those who may only read change their own address, and nothing else.
func (c *call) mayUpdateUser() *core.Error {
	if c.who.Role != "proxy_admin_viewer" || c.who.Admin {
		return c.administrators(false)
	}
	for name := range c.body {
		if name != "user_id" && name != "user_email" {
			return c.administrators(false)
		}
	}
	if id, e := c.body.text("user_id"); e != nil || id == "" || id != c.who.UserID {
		return c.administrators(false)
	}
	return nil
}

// changeUser changes a user as the request says; one who is not there is made.
func (w *work) changeUser(id string) (*core.User, error) {
	fill := func(u *core.User) error {
		if e := w.fillUser(u, w.body); e != nil {
			return e
		}
		return w.freeEmail(u)
	}
	u, err := w.users().update(w, updated, fill, id)
	if !errors.Is(err, store.ErrNotFound) {
		return u, err
	}
	u = &core.User{ID: id, Models: []string{}, Metadata: map[string]any{}, Change: w.change}
	if err := fill(u); err != nil {
		return nil, err
	}
	return u, w.users().insert(w, u)
}

func deleteUsers(ctx context.Context, c *call) (any, *core.Error) {
	ids, e := c.body.ids("user_ids")
	if e != nil {
		return nil, e
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	if err := c.write(ctx, func(w *work) error { return w.deleteUsers(ids) }); err != nil {
		return nil, c.failure(err)
	}
	return len(ids), nil
}
