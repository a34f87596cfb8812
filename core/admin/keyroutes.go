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
	var spent core.USD
	if g.has("spend") {
		if err := json.Unmarshal(g["spend"], &spent); err != nil || spent < 0 {
			return invalid("float_type", []string{"spend"}, "Input should be an amount that is not negative", g["spend"])
		}
	}
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		if err := c.ensureUser(tx, k.UserID); err != nil {
			return err
		}
		if err := c.Store.Keys.Insert(tx, k); err != nil {
			return err
		}
		if spent > 0 {
			if err := c.Store.Spend.SetSpent(tx, core.PayerKey, k.Hash, core.Spent{Amount: spent, Total: spent, Window: windowOf(&k.Limits)}); err != nil {
				return err
			}
		}
		return c.audit(tx, created, tableKeys, k.Hash, nil, k)
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

func updateKey(ctx context.Context, c *call) (any, *core.Error) {
	name, e := c.body.required("key")
	if e != nil {
		return nil, e
	}
	k, e := c.named(ctx, name)
	if e != nil {
		return nil, e
	}
	if !c.owns(k) {
		return nil, refuse(403, "auth_error", "key", "You are not authorized to update this key")
	}
	if e := c.keepsOwner(k); e != nil {
		return nil, e
	}
	g := maps.Clone(c.body)
	delete(g, "key")
	k, e = c.changeKey(ctx, k.Hash, updated, func(k *core.Key) *core.Error {
		if e := c.fillKey(k, g); e != nil {
			return e
		}
		return c.checkOwners(ctx, k)
	}, g)
	if e != nil {
		return nil, e
	}
	row := object(k)
	answer := map[string]any{"key": name}
	for _, member := range sortedNames(g) {
		if v, ok := row[member]; ok {
			answer[member] = v
		}
	}
	answer["metadata"], answer["budget_reset_at"], answer["expires"] = row["metadata"], resetAt(&k.Limits, c.now()), row["expires"]
	return answer, nil
}

// keepsOwner refuses that a user gives a key to somebody else, or raises what an administrator has set.
func (c *call) keepsOwner(k *core.Key) *core.Error {
	if c.who.Admin {
		return nil
	}
	for _, name := range []string{"user_id", "team_id", "organization_id", "max_budget", "soft_budget", "budget_id", "budget_duration", "spend", "tpm_limit",
		"rpm_limit", "max_parallel_requests", "model_max_budget", "model_rpm_limit", "model_tpm_limit", "permissions", "guardrails", "blocked", "models",
		"temp_budget_increase", "temp_budget_expiry", "enforced_params", "allowed_routes", "metadata", "expires", "duration"} {
		if _, ok := c.body[name]; ok {
			return refuse(403, "auth_error", name, "Only proxy admin can change "+name+" of a key")
		}
	}
	return nil
}

// changeKey changes a key in one transaction, with its entry in the audit log.
func (c *call) changeKey(ctx context.Context, hash, action string, f func(*core.Key) *core.Error, g given) (k *core.Key, e *core.Error) {
	var spent *core.USD
	if g.has("spend") {
		if json.Unmarshal(g["spend"], &spent) != nil || *spent < 0 {
			return nil, invalid("float_type", []string{"spend"}, "Input should be an amount that is not negative", g["spend"])
		}
	}
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		var err error
		if k, err = c.Store.Keys.GetIn(tx, hash); err != nil {
			return err
		}
		before := *k
		before.Metadata = maps.Clone(k.Metadata)
		if e := f(k); e != nil {
			return e
		}
		k.UpdatedAt, k.UpdatedBy = c.change.UpdatedAt, c.change.UpdatedBy
		if err := c.ensureUser(tx, k.UserID); err != nil {
			return err
		}
		if err := c.Store.Keys.Update(tx, k); err != nil {
			return err
		}
		if spent != nil {
			p := core.Payer{Limits: k.Limits}
			s := core.Spent{Window: p.Window(c.change.UpdatedAt), Amount: *spent, Total: *spent}
			if err := c.Store.Spend.SetSpent(tx, core.PayerKey, hash, s); err != nil {
				return err
			}
		}
		return c.audit(tx, action, tableKeys, hash, &before, k)
	})
	switch {
	case errors.Is(err, store.ErrConflict):
		return nil, c.conflict(ctx, k)
	case errors.Is(err, store.ErrNotFound):
		return nil, refuse(404, "not_found_error", "key", "Key not found in database")
	case err != nil:
		return nil, c.failure(err)
	}
	c.Changed("keys", hash)
	if spent != nil {
		c.Changed("counters", core.PayerKey+"/"+hash)
	}
	return k, nil
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

func keyInfo(ctx context.Context, c *call) (any, *core.Error) {
	name := c.query("key")
	if name == "" {
		name = c.who.KeyHash
	}
	k, e := c.named(ctx, name)
	if e != nil {
		return nil, e
	}
	if !c.sees(k) {
		return nil, refuse(403, "auth_error", "key", "You are not allowed to access this key's info. Your role="+c.who.Role)
	}
	row, e := c.row(ctx, k)
	if e != nil {
		return nil, e
	}
	return map[string]any{"key": name, "info": row}, nil
}

func (c *call) sees(k *core.Key) bool { return c.owns(k) || c.who.Role == "proxy_admin_viewer" }

func keysInfo(ctx context.Context, c *call) (any, *core.Error) {
	names, e := c.body.texts("keys")
	if e != nil {
		return nil, e
	}
	if len(names) == 0 {
		return nil, invalid("missing", []string{"keys"}, "Field required", nil)
	}
	if len(names) > 100 {
		return nil, refuse(400, "bad_request_error", "keys", "at most 100 keys can be asked for at once")
	}
	var found []string
	var infos []map[string]any
	for _, name := range names {
		k, e := c.named(ctx, name)
		if e != nil && e.Code() == 404 || e == nil && !c.sees(k) {
			continue
		}
		if e != nil {
			return nil, e
		}
		row, e := c.row(ctx, k)
		if e != nil {
			return nil, e
		}
		found, infos = append(found, name), append(infos, row)
	}
	if len(found) == 0 {
		return nil, refuse(404, "not_found_error", "keys", "No keys found")
	}
	return map[string]any{"key": found, "info": infos}, nil
}

func listKeys(ctx context.Context, c *call) (any, *core.Error) {
	page, e := c.queryInt("page", 1, 1, 1<<30)
	if e != nil {
		return nil, e
	}
	size, e := c.queryInt("size", 10, 1, 100)
	if e != nil {
		return nil, e
	}
	var where []store.Where
	for _, w := range []struct{ parameter, column string }{{"user_id", "user_id"}, {"team_id", "team_id"}, {"organization_id", "organization_id"},
		{"key_alias", "alias"}, {"key_hash", "hash"}} {
		if v := c.query(w.parameter); v != "" {
			where = append(where, store.Where{Column: w.column, Value: v})
		}
	}
	if !c.who.Admin && c.who.Role != "proxy_admin_viewer" {
		if asked := c.query("user_id"); c.who.UserID == "" || asked != "" && asked != c.who.UserID {
			return nil, refuse(403, "auth_error", "user_id", "You are not authorized to check another user's keys")
		}
		where = append(where, store.Where{Column: "user_id", Value: c.who.UserID})
	}
	keys, err := c.Store.Keys.List(ctx, store.Page{Limit: size, Offset: (page - 1) * size, Descending: true}, where...)
	if err != nil {
		return nil, c.failure(err)
	}
	total, err := c.Store.Keys.Count(ctx, where...)
	if err != nil {
		return nil, c.failure(err)
	}
	list := make([]any, len(keys))
	for i, k := range keys {
		if list[i] = k.Hash; c.query("return_full_object") == "true" {
			row, e := c.row(ctx, k)
			if e != nil {
				return nil, e
			}
			row["token"] = k.Hash
			list[i] = row
		}
	}
	return map[string]any{"keys": list, "total_count": total, "current_page": page, "total_pages": (total + size - 1) / size}, nil
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

// regenerateKey gives a key another secret. The old one stops working at once.
func regenerateKey(ctx context.Context, c *call) (any, *core.Error) {
	name, _ := c.ctx.UserValue("key").(string)
	if given, e := c.body.text("key"); e != nil {
		return nil, e
	} else if name == "" {
		name = given
	}
	if name == "" {
		return nil, missing("key")
	}
	old, e := c.named(ctx, name)
	if e != nil {
		return nil, e
	}
	if !c.owns(old) {
		return nil, refuse(403, "auth_error", "key", "You are not authorized to regenerate this key")
	}
	if e := c.keepsOwner(old); e != nil {
		return nil, e
	}
	g := maps.Clone(c.body)
	delete(g, "key")
	secret, e := g.text("new_key")
	if e != nil {
		return nil, e
	}
	if secret == "" {
		secret = newSecret()
	}
	k, e := c.rotate(ctx, old.Hash, secret, g)
	if e != nil {
		return nil, e
	}
	return c.keyAnswer(ctx, k, secret)
}

func (c *call) rotate(ctx context.Context, hash, secret string, g given) (k *core.Key, e *core.Error) {
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		var err error
		if k, err = c.Store.Keys.GetIn(tx, hash); err != nil {
			return err
		}
		before := *k
		before.Metadata = maps.Clone(k.Metadata)
		if e := c.fillKey(k, g); e != nil {
			return e
		}
		k.Hash, k.Name = HashKey(secret), shownName(secret)
		k.UpdatedAt, k.UpdatedBy = c.change.UpdatedAt, c.change.UpdatedBy
		if err := c.Store.Keys.Delete(tx, hash); err != nil {
			return err
		}
		if err := c.Store.Keys.Insert(tx, k); err != nil {
			return err
		}
		if err := c.Store.Spend.Move(tx, core.PayerKey, hash, k.Hash); err != nil {
			return err
		}
		return c.audit(tx, rotated, tableKeys, k.Hash, &before, k)
	})
	if errors.Is(err, store.ErrConflict) {
		return nil, c.conflict(ctx, k)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	c.Changed("keys", hash)
	c.Changed("keys", k.Hash)
	return k, nil
}

func keyHealth(_ context.Context, _ *call) (any, *core.Error) {
	return map[string]any{"key": "healthy", "logging_callbacks": nil}, nil
}
