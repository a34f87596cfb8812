package ledger

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

func TestSoftBudgetsWarnOncePerPeriod(t *testing.T) {
	var log bytes.Buffer
	spent := core.Spent{Window: time.Unix(100, 0)}
	w := &Watch{To: newBooks(), Log: slog.New(slog.NewTextHandler(&log, nil)), Spent: func(kind, id string) (core.Spent, error) {
		if kind != "team" || id != "t" {
			t.Errorf("asked for %s %s", kind, id)
		}
		return spent, nil
	}}
	for i, step := range []struct {
		amount core.USD
		window int64
		warns  int // so far
	}{{10, 100, 0}, {11, 100, 1}, {12, 100, 1}, {5, 200, 1}, {11, 200, 2}, {11, 300, 3}, {0, 300, 3}, {11, 300, 4}} {
		spent.Amount, spent.Window = step.amount, time.Unix(step.window, 0)
		calls := []core.Spend{{Charges: []core.Charge{{Kind: "key", ID: "k"}, {Kind: "team", ID: "t", Soft: 10}}}}
		if err := w.Settle(t.Context(), string(rune('a'+i)), calls); err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(log.String(), "soft budget"); n != step.warns {
			t.Errorf("step %d: %d warnings, want %d", i, n, step.warns)
		}
	}
}
