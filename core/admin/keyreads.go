package admin

import (
	"context"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

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
		list[i] = k.Hash
	}
	if c.query("return_full_object") == "true" {
		rows, e := c.keysShown(ctx, keys)
		if e != nil {
			return nil, e
		}
		for i, row := range rows {
			list[i] = row
		}
	}
	return map[string]any{"keys": list, "total_count": total, "current_page": page, "total_pages": (total + size - 1) / size}, nil
}

// keysShown are keys as lists show them: with the hash of the secret, by which requests may name them.
func (c *call) keysShown(ctx context.Context, keys []*core.Key) ([]map[string]any, *core.Error) {
	rows, e := c.rows(ctx, keys)
	for i := range rows {
		rows[i]["token"] = keys[i].Hash
	}
	return rows, e
}
