package admin

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// keyFields are the members of a key that requests may set.
var keyFields = append([]field[core.Key]{
	nameField("key_alias", func(k *core.Key) **string { return &k.Alias }),
	textField("user_id", func(k *core.Key) **string { return &k.UserID }),
	textField("team_id", func(k *core.Key) **string { return &k.TeamID }),
	textField("organization_id", func(k *core.Key) **string { return &k.OrganizationID }),
	textField("budget_id", func(k *core.Key) **string { return &k.BudgetID }),
	textsField("models", func(k *core.Key) *[]string { return &k.Models }),
	textsField("allowed_cache_controls", func(k *core.Key) *[]string { return &k.AllowedCacheControls }),
	textsField("allowed_routes", func(k *core.Key) *[]string { return &k.AllowedRoutes }),
	mapField("aliases", func(k *core.Key) *map[string]string { return &k.Aliases }),
	mapField("permissions", func(k *core.Key) *map[string]any { return &k.Permissions }),
	flagField("blocked", func(k *core.Key) **bool { return &k.Blocked }),
	{"config", "dict_type", "Input should be a valid dictionary", func(k *core.Key, v json.RawMessage) error {
		k.Config = slices.Clone(v)
		return json.Unmarshal(v, new(map[string]any))
	}},
	{"metadata", "dict_type", "Input should be a valid dictionary", func(k *core.Key, v json.RawMessage) error {
		return replaceMetadata(&k.Metadata, v)
	}},
}, limitFields(func(k *core.Key) *core.Limits { return &k.Limits })...)

// inMetadata are members of requests that are kept in metadata, under the same names.
var inMetadata = []string{"model_rpm_limit", "model_tpm_limit", "guardrails", "tags", "enforced_params", "temp_budget_increase", "temp_budget_expiry"}

// replaceMetadata takes new metadata, but keeps those members that have requests of their own.
func replaceMetadata(into *map[string]any, v json.RawMessage) error {
	before := *into
	*into = nil
	if err := json.Unmarshal(v, into); err != nil {
		return err
	}
	if len(*into) == 0 { // an empty one empties
		*into = map[string]any{}
		return nil
	}
	for _, name := range inMetadata {
		if kept, ok := before[name]; ok {
			if _, ok := (*into)[name]; !ok {
				(*into)[name] = kept
			}
		}
	}
	return nil
}

// takeMetadata moves members of a request to metadata, where null removes them.
func takeMetadata(g given, into *map[string]any) *core.Error {
	for _, name := range inMetadata {
		v, ok := g[name]
		if !ok {
			continue
		}
		value, err := metadataMember(name, v)
		if err != nil {
			return invalid("value_error", []string{name}, err.Error(), v)
		}
		if *into == nil {
			*into = map[string]any{}
		}
		if value == nil {
			delete(*into, name)
			continue
		}
		(*into)[name] = value
	}
	if g.has("temp_budget_increase") != g.has("temp_budget_expiry") {
		return refuse(400, "bad_request_error", "temp_budget_increase", "temp_budget_increase and temp_budget_expiry belong together")
	}
	return nil
}

func metadataMember(name string, v json.RawMessage) (any, error) {
	switch name {
	case "model_rpm_limit", "model_tpm_limit":
		var limits map[string]*int64
		if json.Unmarshal(v, &limits) != nil {
			return nil, wrong(`Input should be like {"gpt-4o": 10}`)
		}
		for model, n := range limits {
			if n == nil || *n < 0 {
				return nil, fmt.Errorf("%s of %s must not be negative", name, model)
			}
		}
		if limits == nil {
			return nil, nil
		}
		return limits, nil
	case "temp_budget_increase":
		var u *core.USD
		if json.Unmarshal(v, &u) != nil || u != nil && *u < 0 {
			return nil, wrong("Input should be an amount that is not negative")
		}
		if u == nil {
			return nil, nil
		}
		return *u, nil
	case "temp_budget_expiry":
		var t *string
		if json.Unmarshal(v, &t) != nil {
			return nil, wrong("Input should be a time")
		}
		if t == nil {
			return nil, nil
		}
		_, err := readTime(*t)
		return *t, err
	}
	var list []string
	if json.Unmarshal(v, &list) != nil {
		return nil, wrong("Input should be a valid list of strings")
	}
	if list == nil {
		return nil, nil
	}
	return list, nil
}

// readTime reads a time or a day in UTC.
func readTime(text string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, wrong("Input should be a time like 2026-01-31T12:00:00Z")
}

// fillKey sets what a request says about a key, and refuses what would be no policy, or another one than was meant.
func (c *call) fillKey(k *core.Key, g given) *core.Error {
	period := k.BudgetDuration
	if e := apply(g, keyFields, k); e != nil {
		return e
	}
	if e := takeMetadata(g, &k.Metadata); e != nil {
		return e
	}
	startBudget(&k.Limits, period, c.change.UpdatedAt)
	if e := c.knownPermissions(k.Permissions); e != nil {
		return e
	}
	return c.setExpiry(k, g)
}

// litellmPermissions are names that the LiteLLM proxy knows.
var litellmPermissions = []string{"hide_secrets", "enable_llm_guard_check", "allow_pii_controls", "get_spend_routes", "pii", "mock_testing"}

func (c *call) knownPermissions(p map[string]any) *core.Error {
	known := litellmPermissions
	if c.Permissions != nil {
		known = append(slices.Clone(known), c.API.Permissions()...)
	}
	for _, name := range slices.Sorted(maps.Keys(p)) {
		if !slices.Contains(known, name) {
			return unknownName("permissions", name, known)
		}
		if _, ok := p[name].(bool); !ok {
			return refuse(400, "bad_request_error", "permissions", fmt.Sprintf("permissions: %s must be true or false", name))
		}
	}
	return nil
}

func (c *call) setExpiry(k *core.Key, g given) *core.Error {
	if text, e := g.text("duration"); e != nil {
		return e
	} else if text != "" {
		p, err := core.ParsePeriod(text)
		if err != nil {
			return refuse(400, "bad_request_error", "duration", "duration "+err.Error())
		}
		end := p.After(c.change.UpdatedAt)
		k.Expires = &end
	} else if _, ok := g["duration"]; ok {
		k.Expires = nil
	}
	text, e := g.text("expires")
	if e != nil || text == "" {
		return e
	}
	t, err := readTime(text)
	if err != nil {
		return invalid("datetime_parsing", []string{"expires"}, err.Error(), g["expires"])
	}
	if !t.After(c.change.UpdatedAt) {
		return refuse(400, "bad_request_error", "expires", "expires lies in the past: the key would never work")
	}
	k.Expires = &t
	return nil
}

// newSecret makes a key's secret.
func newSecret() string {
	var b [16]byte
	rand.Read(b[:])
	return "sk-" + base64.RawURLEncoding.EncodeToString(b[:])
}

// HashKey is how the store knows a key.
func HashKey(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// shownName is what may be shown of a secret.
func shownName(secret string) string { return "sk-..." + secret[max(len(secret)-4, 0):] }

var hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)

// keyID is the hash of a key that a request names by its secret or by its hash.
func keyID(name string) string {
	if hashForm.MatchString(name) {
		return name
	}
	return HashKey(name)
}

// usableSecret refuses a secret that a request brings and that would be none, or the master key's.
func (c *call) usableSecret(secret string) *core.Error {
	switch {
	case !strings.HasPrefix(secret, "sk-") || len(secret) < 8:
		return refuse(400, "bad_request_error", "key", "a key must begin with sk- and have at least 8 characters")
	case HashKey(secret) == c.Settings().MasterKeyHash:
		return refuse(400, "bad_request_error", "key", "the master key can't be a virtual key too")
	}
	return nil
}

// newKey makes the key that a request describes. It is not written yet.
func (c *call) newKey(g given) (k *core.Key, secret string, e *core.Error) {
	secret, e = g.text("key")
	if e != nil {
		return nil, "", e
	}
	if secret == "" {
		secret = newSecret()
	}
	if e := c.usableSecret(secret); e != nil {
		return nil, "", e
	}
	k = &core.Key{Hash: HashKey(secret), Name: shownName(secret), Models: []string{}, Aliases: map[string]string{}, Config: json.RawMessage("{}"),
		Permissions: map[string]any{}, Metadata: map[string]any{}, AllowedCacheControls: []string{}, Change: c.change}
	return k, secret, c.fillKey(k, g)
}

// row is a key as answers show it: LiteLLM's members, and what it has spent.
func (c *call) row(ctx context.Context, k *core.Key) (map[string]any, *core.Error) {
	rows, e := c.rows(ctx, []*core.Key{k})
	if e != nil {
		return nil, e
	}
	return rows[0], nil
}

// rows are keys as answers show them, read at once.
func (c *call) rows(ctx context.Context, keys []*core.Key) ([]map[string]any, *core.Error) {
	hashes, budgetIDs := make([]string, len(keys)), make([]*string, len(keys))
	for i, k := range keys {
		hashes[i], budgetIDs[i] = k.Hash, k.BudgetID
	}
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerKey, hashes)
	if err != nil {
		return nil, c.failure(err)
	}
	budgets, e := c.budgets(ctx, budgetIDs)
	if e != nil {
		return nil, e
	}
	rows := make([]map[string]any, len(keys))
	for i, k := range keys {
		row := c.limitedRow(k, &k.Limits, spent[k.Hash])
		delete(row, "token")
		row["soft_budget_cooldown"] = false
		row["litellm_budget_table"] = c.budgetTable(budgets, k.BudgetID)
		rows[i] = row
	}
	return rows, nil
}

// limitedRow is a row of somebody with limits, and what they have spent.
func (c *call) limitedRow(v any, l *core.Limits, spent core.Spent) map[string]any {
	row := object(v)
	row["spend"] = present(l, spent, c.now())
	row["budget_reset_at"] = resetAt(l, c.now())
	row["model_spend"] = map[string]any{}
	if row["model_max_budget"] == nil {
		row["model_max_budget"] = map[string]any{}
	}
	return row
}

// object is a row as a map of members in JSON, nil for null, to add to and take from.
func object(row any) map[string]any {
	text, err := json.Marshal(row)
	if err != nil {
		return map[string]any{}
	}
	var raw map[string]json.RawMessage
	json.Unmarshal(text, &raw) // it was written by Marshal
	members := make(map[string]any, len(raw)+8)
	for name, v := range raw {
		if members[name] = v; string(v) == "null" {
			members[name] = nil
		}
	}
	delete(members, "budget_start")
	delete(members, "owner")
	return members
}

// present is what counts against a budget now: nothing when the period that it was spent in is over.
func present(l *core.Limits, s core.Spent, now time.Time) core.USD {
	p := core.Payer{Limits: *l}
	if w := p.Window(now); !w.IsZero() && w.After(s.Window) {
		return 0
	}
	return s.Amount
}

// resetAt is when a budget's present period ends, nil when it has none.
func resetAt(l *core.Limits, now time.Time) *time.Time {
	p := core.Payer{Limits: *l}
	period, ok := p.Period()
	if !ok || l.BudgetStart == nil {
		return nil
	}
	end := period.After(p.Window(now))
	return &end
}
