package core

import "time"

// Kinds of payers, in the order in which a request is checked against them.
const (
	PayerMember       = "member"
	PayerKey          = "key"
	PayerKeyModel     = "key_model" // a key's own limits for one model
	PayerTeam         = "team"
	PayerTeamModel    = "team_model"
	PayerUser         = "user"
	PayerOrganization = "organization"
	PayerCustomer     = "customer"
	PayerProxy        = "proxy"
)

// Payer is somebody whose limits hold for a request, and to whose account it goes.
type Payer struct {
	Kind string
	ID   string
	// Alias names the payer in messages.
	Alias string
	// Model is the model group that the limits are for; "" = all.
	Model  string
	Limits Limits
}

// Period returns the period of the payer's budget; ok is false when it has none.
func (p *Payer) Period() (period Period, ok bool) {
	if p.Limits.BudgetDuration == nil {
		return Period{}, false
	}
	period, err := ParsePeriod(*p.Limits.BudgetDuration)
	return period, err == nil
}

// Window returns when the period of the payer's budget that now lies in began; zero when it has none.
func (p *Payer) Window(now time.Time) time.Time {
	period, ok := p.Period()
	if !ok || p.Limits.BudgetStart == nil {
		return time.Time{}
	}
	return period.Window(*p.Limits.BudgetStart, now)
}

// Limited reports whether there is anything to check.
func (p *Payer) Limited() bool {
	l := &p.Limits
	return l.MaxBudget != nil || l.TPM != nil || l.RPM != nil || l.Parallel != nil
}
