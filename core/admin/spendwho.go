package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// spendTags answers with what each tag cost.
func spendTags(ctx context.Context, c *call) (any, *core.Error) {
	d, e := c.days(&ever)
	if e != nil {
		return nil, e
	}
	sums, e := c.tags(ctx, d)
	if e != nil {
		return nil, e
	}
	rows := []any{}
	for _, s := range sums {
		rows = append(rows, map[string]any{"individual_request_tag": s.Group[0], "log_count": s.Requests, "total_spend": s.Cost})
	}
	return rows, nil
}

// mostTags is how many tags are told apart.
const mostTags = 1000

// tags is what each tag cost on some days, the dearest first.
func (c *call) tags(ctx context.Context, d dayRange) ([]store.Sum, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	if !s.everybody() {
		return c.ownTags(ctx, s, d)
	}
	sums, exact, err := c.Store.Spend.Dearest(ctx, store.SumTag, d.from, d.until, mostTags)
	if err != nil {
		return nil, c.failure(err)
	}
	if !exact {
		c.approximate()
	}
	return sums, nil
}

// ownTags adds up the tags in somebody's own rows of the log, the newest thousand of them: there are no sums for that.
func (c *call) ownTags(ctx context.Context, s scope, d dayRange) ([]store.Sum, *core.Error) {
	f := s.filter()
	f.From, _ = readTime(d.from)
	f.Until, _ = readTime(d.until)
	f.Until = f.Until.AddDate(0, 0, 1)
	docs, more, err := c.Store.Spend.Rows(ctx, f, store.SpendPage{Limit: mostRows})
	if err != nil {
		return nil, c.failure(err)
	}
	if more > 0 {
		c.truncated("only the tags of the newest rows")
	}
	byTag := map[string]*store.Sum{}
	for _, doc := range docs {
		var row core.Spend
		if err := json.Unmarshal(doc, &row); err != nil {
			return nil, c.failure(err)
		}
		for _, tag := range row.Tags {
			if byTag[tag] == nil {
				byTag[tag] = &store.Sum{Group: []string{tag}}
			}
			byTag[tag].Cost += row.Cost
			byTag[tag].Requests++
		}
	}
	var sums []store.Sum
	for _, sum := range byTag {
		sums = append(sums, *sum)
	}
	slices.SortFunc(sums, dearerFirst)
	return sums[:min(len(sums), mostTags)], nil
}

// dearerFirst is an order of sums.
func dearerFirst(a, b store.Sum) int {
	return cmp.Or(cmp.Compare(b.Cost, a.Cost), slices.Compare(a.Group, b.Group))
}

// mostSpenders is how many keys or users are answered at once.
const mostSpenders = 250

// spendKeys answers with keys and what they have spent: those that spent most first, at the end those that spent nothing.
func spendKeys(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	limit, e := c.queryInt("limit", 100, 1, mostSpenders)
	if e != nil {
		return nil, e
	}
	if s.everybody() {
		return spenders(ctx, c, core.PayerKey, limit, &c.Store.Keys.Table, "hash", func(k *core.Key) (string, *core.Limits) { return k.Hash, &k.Limits })
	}
	where := store.Where{Column: "hash", Value: c.who.KeyHash}
	if s.kind == store.SumUser {
		where = store.Where{Column: "user_id", Value: s.id}
	}
	keys, err := c.Store.Keys.List(ctx, store.Page{Limit: limit, Descending: true}, where)
	if err != nil {
		return nil, c.failure(err)
	}
	hashes := make([]string, len(keys))
	for i, k := range keys {
		hashes[i] = k.Hash
	}
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerKey, hashes)
	if err != nil {
		return nil, c.failure(err)
	}
	rows := []any{}
	for _, k := range keys {
		rows = append(rows, c.limitedRow(k, &k.Limits, spent[k.Hash]))
	}
	return rows, nil
}

// spendUsers answers with users and what they have spent, as spendKeys does.
func spendUsers(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, e
	}
	f, e := c.narrowed(s)
	if e != nil {
		return nil, e
	}
	limit, e := c.queryInt("limit", 100, 1, mostSpenders)
	if e != nil {
		return nil, e
	}
	if f.UserID == "" && s.everybody() {
		return spenders(ctx, c, core.PayerUser, limit, &c.Store.Users.Table, "id", func(u *core.User) (string, *core.Limits) { return u.ID, &u.Limits })
	}
	u, err := c.Store.Users.Get(ctx, f.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return []any{}, nil
	}
	if err != nil {
		return nil, c.failure(err)
	}
	spent, err := c.Store.Spend.Spent(ctx, core.PayerUser, u.ID)
	if err != nil {
		return nil, c.failure(err)
	}
	return []any{c.limitedRow(u, &u.Limits, spent)}, nil
}

// spenders are the rows of those of a kind who spent most, then the newest of those who spent nothing.
func spenders[T any](ctx context.Context, c *call, kind string, limit int, table *store.Table[T], column string, id func(*T) (string, *core.Limits)) (any, *core.Error) {
	top, err := c.Store.Spend.Spenders(ctx, kind, limit, 0)
	if err != nil {
		return nil, c.failure(err)
	}
	rows := []any{}
	seen, ids := map[string]bool{}, make([]string, len(top))
	for i, s := range top {
		seen[s.ID], ids[i] = true, s.ID
	}
	found, err := table.List(ctx, store.Page{Limit: limit}, store.Where{Column: column, Value: ids})
	if err != nil {
		return nil, c.failure(err)
	}
	byID := map[string]*T{}
	for _, v := range found {
		name, _ := id(v)
		byID[name] = v
	}
	for _, s := range top {
		if v := byID[s.ID]; v != nil { // it may have been deleted
			_, limits := id(v)
			rows = append(rows, c.limitedRow(v, limits, s.Spent))
		}
	}
	if len(top) == limit {
		c.truncated("only those that spent most")
		return rows, nil
	}
	others, err := table.List(ctx, store.Page{Limit: limit, Descending: true})
	if err != nil {
		return nil, c.failure(err)
	}
	for _, v := range others {
		if name, limits := id(v); !seen[name] && len(rows) < limit {
			rows = append(rows, c.limitedRow(v, limits, core.Spent{}))
		}
	}
	if len(others) == limit {
		c.truncated("only those that spent most, and the newest")
	}
	return rows, nil
}
