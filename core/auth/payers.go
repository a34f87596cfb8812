package auth

import (
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// payers lists all who pay for a key's calls, in the order in which their limits are checked.
func (a *Accounts) payers(r *reading, acc *core.Account) {
	key := acc.Key
	alias := ""
	if key.Alias != nil {
		alias = *key.Alias
	}
	if m := acc.Member; m != nil {
		acc.Payers = append(acc.Payers, core.Payer{Kind: core.PayerMember, ID: m.TeamID + "/" + m.UserID, Limits: a.budget(r, core.Limits{}, m.BudgetID)})
	}
	limits := a.budget(r, key.Limits, key.BudgetID)
	r.increase(&limits, key.Metadata)
	acc.Payers = append(acc.Payers, core.Payer{Kind: core.PayerKey, ID: key.Hash, Alias: alias, Limits: limits})
	acc.Payers = append(acc.Payers, perModel(core.PayerKeyModel, key.Hash, alias, &limits, key.CreatedAt, key.Metadata)...)
	if t := acc.Team; t != nil {
		acc.Payers = append(acc.Payers, core.Payer{Kind: core.PayerTeam, ID: t.ID, Limits: t.Limits})
		acc.Payers = append(acc.Payers, perModel(core.PayerTeamModel, t.ID, "", &t.Limits, t.CreatedAt, t.Metadata)...)
	}
	if u := acc.User; u != nil {
		limits := u.Limits
		if key.TeamID != nil { // the team pays
			limits.MaxBudget = nil
		}
		acc.Payers = append(acc.Payers, core.Payer{Kind: core.PayerUser, ID: u.ID, Limits: limits})
	}
	if o := acc.Organization; o != nil {
		acc.Payers = append(acc.Payers, core.Payer{Kind: core.PayerOrganization, ID: o.ID, Limits: a.budget(r, core.Limits{}, o.BudgetID)})
	}
}

// budget fills in what a shared budget limits and l does not.
func (a *Accounts) budget(r *reading, l core.Limits, id *string) core.Limits {
	if id == nil {
		return l
	}
	b := part(r, &a.store.Budgets.Table, "budgets", *id)
	if b == nil {
		return l
	}
	if l.MaxBudget == nil {
		l.MaxBudget = b.MaxBudget
		if l.BudgetDuration == nil {
			l.BudgetDuration, l.BudgetStart = b.BudgetDuration, b.BudgetStart
		}
	}
	for _, n := range []struct{ into, from **int64 }{{&l.TPM, &b.TPM}, {&l.RPM, &b.RPM}, {&l.Parallel, &b.Parallel}} {
		if *n.into == nil {
			*n.into = *n.from
		}
	}
	if l.SoftBudget == nil {
		l.SoftBudget = b.SoftBudget
	}
	if l.ModelMaxBudget == nil {
		l.ModelMaxBudget = b.ModelMaxBudget
	}
	return l
}

// increase adds what a key may spend more for a while.
func (r *reading) increase(l *core.Limits, metadata map[string]any) {
	more, ok := metadata["temp_budget_increase"].(float64)
	text, _ := metadata["temp_budget_expiry"].(string)
	until, err := time.Parse(time.RFC3339, text)
	if err != nil {
		until, err = time.Parse(time.DateOnly, text)
	}
	if !ok || err != nil || l.MaxBudget == nil || !until.After(time.Now()) {
		return
	}
	sum := *l.MaxBudget + core.Dollars(more)
	l.MaxBudget, r.until = &sum, until
}

// perModel lists the limits that somebody has for single models.
func perModel(kind, id, alias string, l *core.Limits, start time.Time, metadata map[string]any) []core.Payer {
	byModel := map[string]*core.Limits{}
	at := func(model string) *core.Limits {
		if byModel[model] == nil {
			byModel[model] = &core.Limits{}
		}
		return byModel[model]
	}
	for model, b := range l.ModelMaxBudget {
		at(model).MaxBudget, at(model).BudgetDuration, at(model).BudgetStart = &b.Limit, &b.Period, &start
	}
	for model, n := range counts(metadata["model_rpm_limit"]) {
		at(model).RPM = &n
	}
	for model, n := range counts(metadata["model_tpm_limit"]) {
		at(model).TPM = &n
	}
	var payers []core.Payer
	for _, model := range slices.Sorted(maps.Keys(byModel)) {
		payers = append(payers, core.Payer{Kind: kind, ID: id + "/" + model, Alias: alias, Model: model, Limits: *byModel[model]})
	}
	return payers
}

// counts reads a map of numbers out of metadata.
func counts(v any) map[string]int64 {
	text, err := json.Marshal(v)
	if err != nil {
		return nil
	}
	var n map[string]int64
	if json.Unmarshal(text, &n) != nil {
		return nil
	}
	return n
}
