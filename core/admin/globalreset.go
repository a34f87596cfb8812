package admin

import (
	"cmp"
	"context"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// resetSpend puts what keys and teams have spent to 0: only the master key may.
func resetSpend(ctx context.Context, c *call) (any, *core.Error) {
	s := c.Settings()
	if !c.who.Admin || c.who.KeyHash == "" || c.who.KeyHash != cmp.Or(s.MasterKeyName, s.MasterKeyHash) {
		return nil, refuse(401, "auth_error", "", "Tried to access route="+string(c.ctx.Path())+", which is only for MASTER KEY")
	}
	for kind, table := range map[string]string{core.PayerKey: tableKeys, core.PayerTeam: tableTeams} {
		if err := c.reset(ctx, kind, table); err != nil {
			return nil, c.failure(err)
		}
	}
	return map[string]any{"message": "Spend for all API Keys and Teams reset successfully", "status": "success"}, nil
}

func (c *call) reset(ctx context.Context, kind, table string) error {
	note := func(tx *store.Tx) error {
		return c.audit(tx, updated, table, "*", nil, map[string]any{"spend": 0})
	}
	for after := ""; ; note = nil {
		ids, err := c.Store.Spend.Reset(ctx, kind, after, note)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			c.Changed("counters", kind+"/"+id)
		}
		after = ids[len(ids)-1]
	}
}

// reconcileSpend compares the log with what was counted. What waits in the spool is in neither.
func reconcileSpend(ctx context.Context, c *call) (any, *core.Error) {
	if e := c.everybodys(); e != nil {
		return nil, e
	}
	logged, counted, err := c.Store.Spend.Reconcile(ctx)
	if err != nil {
		return nil, c.failure(err)
	}
	answer := map[string]any{"logged": logged, "counted": counted, "difference": logged - counted}
	if c.Backlog != nil {
		files, bytes, oldest := c.Backlog()
		backlog := map[string]any{"files": files, "bytes": bytes, "oldest": nil}
		if !oldest.IsZero() {
			backlog["oldest"] = oldest.UTC().Format(time.RFC3339)
		}
		answer["backlog"] = backlog
	}
	return answer, nil
}
