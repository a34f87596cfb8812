package admin

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// KeyRoutes serve /key/*.
func (a *API) KeyRoutes() []Route {
	return []Route{
		{"POST", "/key/generate", a.handler(generateKey)},
		{"POST", "/key/update", a.handler(updateKey)},
		{"POST", "/key/delete", a.handler(deleteKeys)},
		{"GET", "/key/info", a.handler(keyInfo)},
		{"POST", "/v2/key/info", a.handler(keysInfo)},
		{"GET", "/key/list", a.handler(listKeys)},
		{"POST", "/key/block", a.handler(blockKey(true))},
		{"POST", "/key/unblock", a.handler(blockKey(false))},
		{"POST", "/key/regenerate", a.handler(regenerateKey)},
		{"POST", "/key/{key}/regenerate", a.handler(regenerateKey)},
		{"POST", "/key/health", a.handler(keyHealth)},
	}
}

func generateKey(ctx context.Context, c *call) (any, *core.Error) {
	g, e := c.withDefaults(c.body)
	if e != nil {
		return nil, e
	}
	if e := c.mayOwn(g); e != nil {
		return nil, e
	}
	k, secret, e := c.newKey(g)
	if e != nil {
		return nil, e
	}
	if e := c.checkOwners(ctx, k); e != nil {
		return nil, e
	}
	if e := c.insertKey(ctx, k, g); e != nil {
		return nil, e
	}
	return c.keyAnswer(ctx, k, secret)
}

// withDefaults fills in what the configuration says of new keys, and holds the request to the most that it allows.
func (c *call) withDefaults(g given) (given, *core.Error) {
	s := c.Settings()
	g = maps.Clone(g)
	for name, v := range s.DefaultKeyParams {
		if !g.has(name) {
			g[name] = v
		}
	}
	for name, most := range s.UpperboundKeyParams {
		if !g.has(name) {
			g[name] = most
			continue
		}
		over, err := exceeds(g[name], most)
		if err != nil {
			continue // it is not of the right type: the field says so
		}
		if over {
			return nil, refuse(400, "bad_request_error", name, fmt.Sprintf("%s is over max limit set in config - user_value=%s; max_value=%s",
				name, plain(g[name]), plain(most)))
		}
	}
	return g, nil
}

// plain is a value as messages show it: a string without its quotes.
func plain(v json.RawMessage) string {
	var s string
	if json.Unmarshal(v, &s) == nil {
		return s
	}
	return string(v)
}

// exceeds compares two numbers, or two periods.
func exceeds(v, most json.RawMessage) (bool, error) {
	var a, b float64
	if json.Unmarshal(v, &a) == nil && json.Unmarshal(most, &b) == nil {
		return a > b, nil
	}
	p, err := core.ParsePeriod(plain(v))
	q, err2 := core.ParsePeriod(plain(most))
	if err = errors.Join(err, err2); err != nil {
		return false, err
	}
	var zero core.Change
	return p.After(zero.CreatedAt).After(q.After(zero.CreatedAt)), nil
}

// mayOwn lets users other than administrators make keys for themselves only. A key of theirs that names nobody is their
// own.
func (c *call) mayOwn(g given) *core.Error {
	if c.who.Admin {
		return nil
	}
	if c.who.Role != "internal_user" || c.who.UserID == "" {
		return c.adminOnly()
	}
	user, e := g.text("user_id")
	if e != nil {
		return e
	}
	if user == "" {
		g["user_id"], _ = json.Marshal(c.who.UserID)
		return nil
	}
	if user != c.who.UserID {
		return refuse(403, "auth_error", "user_id", "User can only create keys for themselves. Got user_id="+user+", Your ID="+c.who.UserID)
	}
	return nil
}

func (c *call) adminOnly() *core.Error {
	role := c.who.Role
	if role == "" {
		role = "unknown"
	}
	return refuse(401, "auth_error", "", "Authentication Error, Only proxy admin can be used to generate, delete, update info for new keys/users/teams. "+
		"Route="+string(c.ctx.Path())+". Your role="+role+". Your user_id="+c.who.UserID)
}

// checkOwners refuses a key for an organization or with a budget that is not there: its limits would not hold. A user who
// is not there is made.
func (c *call) checkOwners(ctx context.Context, k *core.Key) *core.Error {
	if k.BudgetID != nil {
		if _, err := c.Store.Budgets.Get(ctx, *k.BudgetID); errors.Is(err, store.ErrNotFound) {
			return refuse(400, "bad_request_error", "budget_id", "Unable to find budget in database. Budget ID: "+*k.BudgetID)
		} else if err != nil {
			return c.failure(err)
		}
	}
	if k.TeamID != nil && !c.who.Admin {
		if _, err := c.Store.Members.Get(ctx, *k.TeamID, c.who.UserID); errors.Is(err, store.ErrNotFound) {
			return refuse(400, "bad_request_error", "team_id", "User="+c.who.UserID+" not assigned to team="+*k.TeamID)
		} else if err != nil {
			return c.failure(err)
		}
	}
	return nil
}

// insertKey writes a new key, its user if there is none, and what it has spent if the request says so.
func (c *call) insertKey(ctx context.Context, k *core.Key, g given) *core.Error {
	spent, e := g.spend()
	if e != nil {
		return e
	}
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		if err := c.ensureUser(tx, k.UserID); err != nil {
			return err
		}
		return c.putKey(tx, k, spent)
	})
	if errors.Is(err, store.ErrConflict) {
		return c.conflict(ctx, k)
	}
	if err != nil {
		return c.failure(err)
	}
	c.Changed("keys", k.Hash)
	return nil
}

// spend returns what a request says was spent, nil when it says nothing.
func (g given) spend() (spent *core.USD, e *core.Error) {
	if g.has("spend") && (json.Unmarshal(g["spend"], &spent) != nil || *spent < 0) {
		return nil, invalid("float_type", []string{"spend"}, "Input should be an amount that is not negative", g["spend"])
	}
	return spent, nil
}

// putKey writes a new key, and what it has spent.
func (c *call) putKey(tx *store.Tx, k *core.Key, spent *core.USD) error {
	if err := c.Store.Keys.Insert(tx, k); err != nil {
		return err
	}
	if spent != nil && *spent > 0 {
		s := core.Spent{Amount: *spent, Total: *spent, Window: windowOf(&k.Limits)}
		if err := c.Store.Spend.SetSpent(tx, core.PayerKey, k.Hash, s); err != nil {
			return err
		}
	}
	return c.audit(tx, created, tableKeys, k.Hash, nil, k)
}

// conflict says which of a key's two unique members is taken.
func (c *call) conflict(ctx context.Context, k *core.Key) *core.Error {
	if _, err := c.Store.Keys.Get(ctx, k.Hash); err == nil && k.CreatedAt.Equal(c.change.CreatedAt) {
		return refuse(400, "bad_request_error", "key", "Key already exists")
	}
	alias := ""
	if k.Alias != nil {
		alias = *k.Alias
	}
	return refuse(400, "bad_request_error", "key_alias", "Key with alias '"+alias+"' already exists. Unique key aliases across all keys are required.")
}

// ensureUser makes a user that a request names and nobody has made.
func (c *call) ensureUser(tx *store.Tx, id *string) error {
	if id == nil || *id == "" {
		return nil
	}
	_, err := c.Store.Users.GetIn(tx, *id)
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return c.Store.Users.Insert(tx, &core.User{ID: *id, Models: []string{}, Metadata: map[string]any{}, Change: c.change})
}

// windowOf is when a budget's present period began, zero when it has none.
func windowOf(l *core.Limits) (start time.Time) {
	if l.BudgetStart != nil {
		return *l.BudgetStart
	}
	return start
}

// keyAnswer is a key with its secret, which is shown once.
func (c *call) keyAnswer(ctx context.Context, k *core.Key, secret string) (any, *core.Error) {
	row, e := c.row(ctx, k)
	if e != nil {
		return nil, e
	}
	row["key"], row["token"], row["token_id"] = secret, k.Hash, k.Hash
	for _, name := range []string{"guardrails", "tags", "enforced_params", "model_rpm_limit", "model_tpm_limit"} {
		row[name] = k.Metadata[name]
	}
	return row, nil
}

// named returns the key that a request names, if whoever makes the request may see it.
func (c *call) named(ctx context.Context, name string) (*core.Key, *core.Error) {
	k, err := c.Store.Keys.Get(ctx, keyID(name))
	if errors.Is(err, store.ErrNotFound) {
		return nil, refuse(404, "not_found_error", "key", "Key not found in database")
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return k, nil
}

func (c *call) owns(k *core.Key) bool {
	return c.who.Admin || k.Hash == c.who.KeyHash || (k.UserID != nil && *k.UserID != "" && *k.UserID == c.who.UserID)
}

func deleteKeys(ctx context.Context, c *call) (any, *core.Error) {
	names, e := c.body.texts("keys")
	if e != nil {
		return nil, e
	}
	aliases, e := c.body.texts("key_aliases")
	if e != nil {
		return nil, e
	}
	if len(names) == 0 && len(aliases) == 0 {
		return nil, refuse(400, "bad_request_error", "keys", "Either 'keys' or 'key_aliases' must be provided")
	}
	if len(names)+len(aliases) > 1000 {
		return nil, refuse(400, "bad_request_error", "keys", "at most 1000 keys can be deleted at once")
	}
	keys, e := c.keysToDelete(ctx, names, aliases)
	if e != nil {
		return nil, e
	}
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		for _, k := range keys {
			if err := c.Store.Keys.Delete(tx, k.Hash); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			if err := c.audit(tx, deleted, tableKeys, k.Hash, k, nil); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, c.failure(err)
	}
	for _, k := range keys {
		c.Changed("keys", k.Hash)
	}
	return map[string]any{"deleted_keys": append(slices.Clone(names), aliases...)}, nil
}

func (c *call) keysToDelete(ctx context.Context, names, aliases []string) ([]*core.Key, *core.Error) {
	var keys []*core.Key
	for _, name := range names {
		k, e := c.named(ctx, name)
		if e != nil {
			return nil, e
		}
		keys = append(keys, k)
	}
	for _, alias := range aliases {
		found, err := c.Store.Keys.List(ctx, store.Page{Limit: 1}, store.Where{Column: "alias", Value: alias})
		if err != nil {
			return nil, c.failure(err)
		}
		if len(found) == 0 {
			return nil, refuse(404, "not_found_error", "key_alias", "Key not found in database")
		}
		keys = append(keys, found[0])
	}
	for _, k := range keys {
		if !c.owns(k) {
			return nil, refuse(403, "auth_error", "key", "{'error': 'You are not authorized to delete this key'}")
		}
	}
	return keys, nil
}

func blockKey(block bool) func(context.Context, *call) (any, *core.Error) {
	return func(ctx context.Context, c *call) (any, *core.Error) {
		name, e := c.body.required("key")
		if e != nil {
			return nil, e
		}
		if !c.who.Admin {
			return nil, c.adminOnly()
		}
		action := unblocked
		if block {
			action = blocked
		}
		k, e := c.changeKey(ctx, keyID(name), action, func(k *core.Key) *core.Error { k.Blocked = &block; return nil }, nil)
		if e != nil {
			return nil, e
		}
		row, e := c.row(ctx, k)
		if e == nil {
			row["token"] = k.Hash
		}
		return row, e
	}
}
