package store

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
)

// Kinds of sums: of all calls together (whose id is ""), and of those of each key, user, team, customer and tag. Calls without
// a team are those of team "", calls without a user those of user "". Those of keys and teams are kept twice, also by
// model: most questions aren't about models, and read a fraction of the rows. Sums of users, customers and tags tell no models.
const (
	SumAll      = "all"
	SumKey      = "key"
	SumUser     = "user"
	SumTeam     = "team"
	SumCustomer = "customer"
	SumTag      = "tag"

	// Behind a kind: its sums by model, and those of calls that are not in the log.
	byModel  = "/model"
	unlogged = "/unlogged"
)

type sumKey struct{ kind, id, day, model, provider string }

type kindSums struct {
	sums map[sumKey]*daySum
	tops map[charged]core.USD
}

func (s *kindSums) add(kind, id string, day dayKey, d *daySum) {
	k := sumKey{kind, id, day.day, day.model, day.provider}
	if s.sums[k] == nil {
		s.sums[k] = &daySum{}
	}
	s.sums[k].merge(d)
}

// addBoth adds to the sums of a kind, in all and by model.
func (s *kindSums) addBoth(kind, id string, day dayKey, d *daySum) {
	s.add(kind+byModel, id, day, d)
	s.addTotal(kind, id, day.day, d)
}

func (s *kindSums) addTotal(kind, id, day string, d *daySum) {
	s.add(kind, id, dayKey{day: day}, d)
	s.tops[charged{kind, id}] += d.cost
}

// addUnlogged adds calls that are not in the log, for who counts its rows by these sums.
func (s *kindSums) addUnlogged(k dayKey, d *daySum) {
	day := dayKey{day: k.day}
	s.add(SumAll+unlogged, "", day, d)
	s.add(SumKey+unlogged, k.key, day, d)
	s.add(SumUser+unlogged, k.user, day, d)
	s.add(SumTeam+unlogged, k.team, day, d)
	s.add(SumCustomer+unlogged, k.endUser, day, d)
}

// sumKinds adds the sums of combinations by day, of days' tags, and of what is not in the log, to the sums of each kind.
func sumKinds(tx *Tx, days map[dayKey]*daySum, tags map[charged]*daySum, hidden map[dayKey]*daySum) error {
	s := kindSums{map[sumKey]*daySum{}, map[charged]core.USD{}}
	for k, d := range days {
		s.add(SumAll, "", k, d)
		s.addBoth(SumKey, k.key, k, d)
		s.addTotal(SumUser, k.user, k.day, d)
		s.addBoth(SumTeam, k.team, k, d)
		if k.endUser != "" {
			s.addTotal(SumCustomer, k.endUser, k.day, d)
		}
	}
	for k, d := range tags {
		s.addTotal(SumTag, k.id, k.kind, d)
	}
	for k, d := range hidden {
		s.addUnlogged(k, d)
	}
	if err := upsertSums(tx, s.sums); err != nil {
		return err
	}
	return upsertTops(tx, s.tops)
}

func (d *daySum) merge(o *daySum) {
	d.cost += o.cost
	d.prompt += o.prompt
	d.output += o.output
	d.requests += o.requests
	d.failures += o.failures
}

func upsertSums(tx *Tx, sums map[sumKey]*daySum) error {
	keys := make([]sumKey, 0, len(sums))
	for k := range sums {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b sumKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.id, b.id), cmp.Compare(a.day, b.day), cmp.Compare(a.model, b.model),
			cmp.Compare(a.provider, b.provider))
	})
	for part := range slices.Chunk(keys, rowsPerInsert) {
		var args []any
		for _, k := range part {
			d := sums[k]
			args = append(args, k.kind, k.id, k.day, k.model, k.provider, int64(d.cost), d.prompt, d.output, d.requests, d.failures)
		}
		_, err := tx.exec("INSERT INTO sums (kind, id, day, model, provider, cost, prompt_tokens, output_tokens, requests, failures) VALUES "+
			rowsOf(10, len(part))+` ON CONFLICT (kind, id, day, model, provider) DO UPDATE SET
				cost = sums.cost + excluded.cost, prompt_tokens = sums.prompt_tokens + excluded.prompt_tokens,
				output_tokens = sums.output_tokens + excluded.output_tokens, requests = sums.requests + excluded.requests,
				failures = sums.failures + excluded.failures`, args...)
		if err != nil {
			return failure("settle the sums", err)
		}
	}
	return nil
}

func upsertTops(tx *Tx, tops map[charged]core.USD) error {
	for part := range slices.Chunk(sortedKeys(tops), rowsPerInsert) {
		var args []any
		for _, k := range part {
			args = append(args, k.kind, k.id, int64(tops[k]))
		}
		_, err := tx.exec("INSERT INTO tops (kind, id, cost) VALUES "+rowsOf(3, len(part))+
			" ON CONFLICT (kind, id) DO UPDATE SET cost = tops.cost + excluded.cost", args...)
		if err != nil {
			return failure("settle the sums", err)
		}
	}
	return nil
}

// rowsOf is the placeholders of some rows.
func rowsOf(columns, rows int) string {
	return strings.TrimSuffix(strings.Repeat("("+marks(columns)+"), ", rows), ", ")
}

// SumQuery asks for the sums of one kind on the days from From to Until, both included, like 2026-01-31.
type SumQuery struct {
	Kind        string
	IDs         []string // of whom; nil = of all there are of that kind
	From, Until string
	By          []string // day, id, model, provider: a line for each combination
	Limit       int      // of lines; default 10,000
	Dearest     bool     // order by cost, else by By
}

// Sums adds up what a kind cost.
func (t *SpendTable) Sums(ctx context.Context, q SumQuery) ([]Sum, error) {
	if q.IDs != nil && len(q.IDs) == 0 {
		return nil, nil
	}
	modeled := false
	for _, name := range q.By {
		switch name {
		case "day", "id":
		case "model", "provider":
			modeled = true
		default:
			return nil, errColumn(name)
		}
	}
	switch {
	case !modeled || q.Kind == SumAll:
	case q.Kind == SumKey || q.Kind == SumTeam:
		q.Kind += byModel
	default:
		return nil, errColumn("model")
	}
	table, args := "sums", []any{}
	condition := "kind = ? AND day >= ? AND day <= ?"
	if q.IDs != nil {
		// A join in this order looks each of them up; of a list SQLite would rather read all that happened on the days.
		table, args = "(VALUES "+rowsOf(1, len(q.IDs))+") AS wanted CROSS JOIN sums", anys(q.IDs)
		condition += " AND id = wanted.column1"
	}
	return t.sums(ctx, table, q.By, condition, append(args, q.Kind, q.From, q.Until), q.Limit, q.Dearest)
}

// fewRows is how many rows of sums are read at once: that takes little time.
var fewRows = 10_000

// Few reports whether the sums of a kind on some days are few enough to read them all.
func (t *SpendTable) Few(ctx context.Context, kind, from, until string) (bool, error) {
	return t.few(ctx, "sums WHERE kind = ? AND day >= ? AND day <= ?", kind, from, until)
}

// FewCombinations reports whether the sums that Report reads are few enough to read them all.
func (t *SpendTable) FewCombinations(ctx context.Context, from, until string) (bool, error) {
	return t.few(ctx, "daily WHERE day >= ? AND day <= ?", from, until)
}

func (t *SpendTable) few(ctx context.Context, which string, args ...any) (bool, error) {
	ctx, stop := context.WithTimeout(ctx, t.store.timeout)
	defer stop()
	var n int
	err := t.store.read.QueryRowContext(ctx, t.store.bind("SELECT COUNT(*) FROM (SELECT 1 FROM "+which+" LIMIT ?) AS part"),
		append(args, fewRows+1)...).Scan(&n)
	return n <= fewRows, failure("count the sums", err)
}

// candidates is how many of those who ever cost most are looked at for a list of who cost most on some days.
func candidates(limit int) int { return min(max(4*limit, 200), 1000) }

// Dearest returns those of a kind that cost most on some days, by id, at most 1000. When there are many, it only looks at
// those that ever cost most; exact is false when another one may belong into the list.
func (t *SpendTable) Dearest(ctx context.Context, kind, from, until string, limit int) (all []Sum, exact bool, err error) {
	limit = (&Page{Limit: limit}).limit()
	few, err := t.Few(ctx, kind, from, until)
	if err != nil {
		return nil, false, err
	}
	if few {
		all, err = t.Sums(ctx, SumQuery{Kind: kind, From: from, Until: until, By: []string{"id"}, Limit: limit, Dearest: true})
		return all, true, err
	}
	ctx, stop := context.WithTimeout(ctx, 4*t.store.timeout)
	defer stop()
	// CROSS keeps SQLite from reading all that happened on the days instead.
	rows, err := t.store.read.QueryContext(ctx, t.store.bind(`SELECT s.id, `+sumColumns("s.")+`
		FROM (SELECT id FROM tops WHERE kind = ? ORDER BY cost DESC LIMIT ?) AS c CROSS JOIN sums AS s
		WHERE s.kind = ? AND s.id = c.id AND s.day >= ? AND s.day <= ? GROUP BY s.id ORDER BY 2 DESC, 1 LIMIT ?`),
		kind, candidates(limit), kind, from, until, limit)
	if err != nil {
		return nil, false, failure("find who cost most", err)
	}
	if all, err = scanSums(rows, 1); err != nil {
		return nil, false, err
	}
	next, ok, err := t.top(ctx, kind, candidates(limit))
	if err != nil {
		return nil, false, err
	}
	return all, !ok || len(all) == limit && all[limit-1].Cost >= next, nil
}

// top returns what the n-th of a kind ever cost; ok is false when there are fewer.
func (t *SpendTable) top(ctx context.Context, kind string, n int) (cost core.USD, ok bool, err error) {
	rows, err := t.store.read.QueryContext(ctx, t.store.bind("SELECT cost FROM tops WHERE kind = ? ORDER BY cost DESC LIMIT 1 OFFSET ?"), kind, n)
	if err != nil {
		return 0, false, failure("find who cost most", err)
	}
	defer rows.Close()
	if rows.Next() {
		ok, err = true, rows.Scan((*int64)(&cost))
	}
	return cost, ok, failure("find who cost most", errors.Join(err, rows.Err()))
}
