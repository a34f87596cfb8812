package admin

import (
	"context"
	"errors"
	"maps"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

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
	if e := c.usableSecret(secret); e != nil {
		return nil, e
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
		if e := c.checkOwners(ctx, k); e != nil {
			return e
		}
		if err := c.ensureUser(tx, k.UserID); err != nil {
			return err
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
