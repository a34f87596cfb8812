package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// SpendTable is the spend log, the sums by day, and what each has spent.
type SpendTable struct{ store *Store }

// callsPerPart keeps a transaction short: those of the management API wait behind it where there is one writer.
const callsPerPart = 1000

// Settle writes a batch of calls: their rows, their sums, and what they cost whom. A large one is written in parts, each all
// or nothing. A batch, and a part, that was settled before changes nothing, so the same calls may be sent again under their
// id after a failure or a crash.
func (t *SpendTable) Settle(ctx context.Context, id string, calls []core.Spend) error {
	part := 0
	for some := range slices.Chunk(calls, callsPerPart) {
		name := id
		if part > 0 {
			name += "#" + strconv.Itoa(part)
		}
		if err := t.settle(ctx, name, some); err != nil {
			return err
		}
		part++
	}
	return nil
}

func (t *SpendTable) settle(ctx context.Context, id string, calls []core.Spend) error {
	return t.store.writeWithin(ctx, 4*t.store.timeout, func(tx *Tx) error {
		_, err := tx.exec("INSERT INTO batches (id, at) VALUES (?, ?)", id, micros(time.Now()))
		if err = failure("settle a batch", err); err != nil {
			return err
		}
		if err := insertSpend(tx, calls); err != nil {
			return err
		}
		// In one order everywhere: two gateways that settle at once must not wait for each other.
		if err := enroll(tx, calls); err != nil {
			return err
		}
		if err := charge(tx, calls); err != nil {
			return err
		}
		return sum(tx, calls)
	}, ErrConflict)
}

const spendColumns = "request_id, started, ended, key_hash, user_id, team_id, organization_id, end_user, model, model_group, " +
	"provider, cost, prompt_tokens, output_tokens, status, doc"

// indexed is a client's text as it is searched by: what databases can't keep in an index would keep a batch from being
// settled for ever. The whole text is in the row's document.
func indexed(text string) string {
	const longest = 256
	if len(text) > longest {
		text = text[:longest]
	}
	return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\x00", "")
}

// rowsPerInsert keeps a statement below SQLite's limit of parameters.
const rowsPerInsert = 200

func insertSpend(tx *Tx, calls []core.Spend) error {
	calls, err := withoutUnlogged(tx, calls)
	if err != nil {
		return err
	}
	for part := range slices.Chunk(calls, rowsPerInsert) {
		var args []any
		for i := range part {
			c := &part[i]
			doc, err := json.Marshal(c)
			if err != nil {
				return fmt.Errorf("write the spend log: %w", err)
			}
			args = append(args, indexed(c.RequestID), micros(c.Start), micros(c.End), indexed(c.KeyHash), indexed(c.UserID), indexed(c.TeamID),
				indexed(c.OrganizationID), indexed(c.EndUser), indexed(c.Model), indexed(c.ModelGroup), indexed(c.Provider), int64(c.Cost), c.PromptTokens, c.OutputTokens, c.Status, string(doc))
		}
		query := "INSERT INTO spend (" + spendColumns + ") VALUES " + rowsOf(16, len(part))
		if _, err := tx.exec(query, args...); err != nil {
			return failure("write the spend log", err)
		}
	}
	return nil
}

type charged struct{ kind, id string }

// charge adds the calls to what those who pay have spent. A charge of a duration that is over counts in the total only.
func charge(tx *Tx, calls []core.Spend) error {
	type amount struct {
		window      int64
		spent, over core.USD
	}
	amounts := map[charged]*amount{}
	for i := range calls {
		for _, c := range calls[i].Charges {
			k := charged{c.Kind, payerID(c.ID)}
			a := amounts[k]
			if a == nil {
				a = &amount{window: micros(c.Window)}
				amounts[k] = a
			}
			switch w := micros(c.Window); {
			case w > a.window:
				a.window, a.over, a.spent = w, a.over+a.spent, calls[i].Cost
			case w == a.window:
				a.spent += calls[i].Cost
			default:
				a.over += calls[i].Cost
			}
		}
	}
	for part := range slices.Chunk(sortedKeys(amounts), rowsPerInsert) {
		var args []any
		for _, k := range part {
			a := amounts[k]
			args = append(args, k.kind, k.id, a.window, int64(a.spent), int64(a.spent+a.over))
		}
		_, err := tx.exec(`INSERT INTO counters (kind, id, window_start, spent, total) VALUES `+rowsOf(5, len(part))+` ON CONFLICT (kind, id) DO UPDATE SET
				spent = CASE WHEN excluded.window_start > counters.window_start THEN excluded.spent
					WHEN excluded.window_start = counters.window_start THEN counters.spent + excluded.spent ELSE counters.spent END,
				window_start = CASE WHEN excluded.window_start > counters.window_start THEN excluded.window_start ELSE counters.window_start END,
				total = counters.total + excluded.total`, args...)
		if err != nil {
			return failure("settle what was spent", err)
		}
	}
	return nil
}

func sortedKeys[V any](m map[charged]V) []charged {
	keys := make([]charged, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b charged) int { return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id)) })
	return keys
}

type dayKey struct{ day, key, user, team, organization, endUser, model, group, provider string }

type daySum struct {
	cost                               core.USD
	prompt, output, requests, failures int64
}

// Day is the day, in UTC, that a call is counted in.
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }

// sum adds the calls to the sums of their days.
func sum(tx *Tx, calls []core.Spend) error {
	days, tags, unlogged := map[dayKey]*daySum{}, map[charged]*daySum{}, map[dayKey]*daySum{}
	for i := range calls {
		c := &calls[i]
		k := dayKey{Day(c.Start), indexed(c.KeyHash), indexed(c.UserID), indexed(c.TeamID), indexed(c.OrganizationID), indexed(c.EndUser),
			indexed(c.Model), indexed(c.ModelGroup), indexed(c.Provider)}
		if days[k] == nil {
			days[k] = &daySum{}
		}
		days[k].add(c)
		if c.Unlogged {
			if unlogged[k] == nil {
				unlogged[k] = &daySum{}
			}
			unlogged[k].add(c)
		}
		for _, tag := range c.Tags {
			k := charged{Day(c.Start), indexed(tag)}
			if tags[k] == nil {
				tags[k] = &daySum{}
			}
			tags[k].add(c)
		}
	}
	if err := sumDays(tx, days); err != nil {
		return err
	}
	return sumKinds(tx, days, tags, unlogged)
}

func (d *daySum) add(c *core.Spend) {
	d.cost += c.Cost
	d.prompt += c.PromptTokens
	d.output += c.OutputTokens
	d.requests++
	if c.Status == "failure" {
		d.failures++
	}
}

func sumDays(tx *Tx, days map[dayKey]*daySum) error {
	keys := make([]dayKey, 0, len(days))
	for k := range days {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b dayKey) int {
		return cmp.Or(cmp.Compare(a.day, b.day), cmp.Compare(a.key, b.key), cmp.Compare(a.user, b.user), cmp.Compare(a.team, b.team),
			cmp.Compare(a.organization, b.organization), cmp.Compare(a.endUser, b.endUser), cmp.Compare(a.model, b.model),
			cmp.Compare(a.group, b.group), cmp.Compare(a.provider, b.provider))
	})
	for part := range slices.Chunk(keys, rowsPerInsert) {
		var args []any
		for _, k := range part {
			d := days[k]
			args = append(args, k.day, k.key, k.user, k.team, k.organization, k.endUser, k.model, k.group, k.provider,
				int64(d.cost), d.prompt, d.output, d.requests, d.failures)
		}
		_, err := tx.exec(`INSERT INTO daily (day, key_hash, user_id, team_id, organization_id, end_user, model, model_group, provider,
			cost, prompt_tokens, output_tokens, requests, failures) VALUES `+rowsOf(14, len(part))+`
			ON CONFLICT (day, key_hash, user_id, team_id, organization_id, end_user, model, model_group, provider) DO UPDATE SET
				cost = daily.cost + excluded.cost, prompt_tokens = daily.prompt_tokens + excluded.prompt_tokens,
				output_tokens = daily.output_tokens + excluded.output_tokens, requests = daily.requests + excluded.requests,
				failures = daily.failures + excluded.failures`, args...)
		if err != nil {
			return failure("settle the sums by day", err)
		}
	}
	return nil
}

// Spent returns what somebody has spent; zero when nothing.
func (t *SpendTable) Spent(ctx context.Context, kind, id string) (core.Spent, error) {
	ctx, stop := context.WithTimeout(ctx, t.store.timeout)
	defer stop()
	var window, spent, total int64
	err := t.store.read.QueryRowContext(ctx, t.store.bind("SELECT window_start, spent, total FROM counters WHERE kind = ? AND id = ?"),
		kind, id).Scan(&window, &spent, &total)
	err = failure("read what was spent", err)
	if errors.Is(err, ErrNotFound) {
		return core.Spent{}, nil
	}
	return core.Spent{Window: moment(window), Amount: core.USD(spent), Total: core.USD(total)}, err
}

// SetSpent puts what somebody has spent in its place: an administrator's correction, or a reset.
func (t *SpendTable) SetSpent(tx *Tx, kind, id string, s core.Spent) error {
	_, err := tx.exec(`INSERT INTO counters (kind, id, window_start, spent, total) VALUES (?, ?, ?, ?, ?) ON CONFLICT (kind, id)
		DO UPDATE SET window_start = excluded.window_start, spent = excluded.spent, total = excluded.total`,
		kind, id, micros(s.Window), int64(s.Amount), int64(s.Total))
	if err != nil {
		return failure("set what was spent", err)
	}
	return tx.announce("counters", kind+"/"+id)
}

// Move gives what one has spent to another of its kind, who must not have spent anything: its id has changed.
func (t *SpendTable) Move(tx *Tx, kind, from, to string) error {
	if _, err := tx.exec("UPDATE counters SET id = ? WHERE kind = ? AND id = ?", to, kind, from); err != nil {
		return failure("move what was spent", err)
	}
	return tx.announce("counters", kind+"/"+to)
}
