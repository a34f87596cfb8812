package admin

import (
	"context"
	"fmt"
)

// Prune deletes what is older than the settings say it is kept: rows of the spend log, whose sums stay, and entries of the
// audit log. It does so in parts, so that others get their turn, and ends early with ctx.
func (a *API) Prune(ctx context.Context) error {
	s, now := a.Settings(), a.now()
	if s.SpendRetention > 0 {
		for more := true; more; {
			var err error
			if more, err = a.Store.Spend.Prune(ctx, now.Add(-s.SpendRetention)); err != nil {
				return fmt.Errorf("prune the spend log: %w", err)
			}
		}
	}
	if s.AuditRetention > 0 {
		for n := int64(1); n > 0; {
			var err error
			if n, err = a.Store.Audit.Prune(ctx, now.Add(-s.AuditRetention)); err != nil {
				return fmt.Errorf("prune the audit log: %w", err)
			}
		}
	}
	return nil
}
