package admin

import (
	"context"
	"errors"
	"maps"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

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
	spent, e := g.spend()
	if e != nil {
		return nil, e
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
