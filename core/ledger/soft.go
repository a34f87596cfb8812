package ledger

import (
	"context"
	"log/slog"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// Watch is a Settler that warns in the log of who has spent more than a soft budget: once in each period of the budget, and
// once more after a restart. It is for one caller at a time.
type Watch struct {
	To    Settler
	Spent func(kind, id string) (core.Spent, error)
	Log   *slog.Logger

	warned map[payer]time.Time // the period that was warned of
}

type payer struct{ kind, id string }

// Settle settles a batch, and looks at the soft budgets of those who pay for it.
func (w *Watch) Settle(ctx context.Context, id string, calls []core.Spend) error {
	if err := w.To.Settle(ctx, id, calls); err != nil {
		return err
	}
	soft := map[payer]core.Charge{}
	for i := range calls {
		for _, c := range calls[i].Charges {
			if c.Soft > 0 {
				soft[payer{c.Kind, c.ID}] = c
			}
		}
	}
	for p, c := range soft {
		w.look(p, &c)
	}
	return nil
}

func (w *Watch) look(p payer, c *core.Charge) {
	spent, err := w.Spent(p.kind, p.id)
	if err != nil {
		return // the next batch asks again
	}
	before, warned := w.warned[p]
	switch {
	case spent.Amount <= c.Soft:
		delete(w.warned, p)
	case !warned || !before.Equal(spent.Window):
		if w.warned == nil {
			w.warned = map[payer]time.Time{}
		}
		w.warned[p] = spent.Window
		w.Log.Warn("a soft budget is used up: nothing is refused for it", "kind", p.kind, "id", p.id,
			"spent", spent.Amount.Float(), "soft_budget", c.Soft.Float())
	}
}
