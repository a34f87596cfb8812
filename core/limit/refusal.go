package limit

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// refusal is what a client reads. The texts are LiteLLM's: clients and tests look for them.
func refusal(b *bound, v *verdict, now time.Time) *core.Error {
	if v.what == budget {
		return &core.Error{Class: core.BadRequest, Kind: "budget_exceeded", Param: core.NullParam, Message: overBudget(&b.payer, v.spent)}
	}
	return &core.Error{Class: core.RateLimit, Kind: "None", Message: overRate(&b.payer, v, now), RetryAfter: time.Duration(v.resets) * time.Second}
}

func overBudget(p *core.Payer, spent core.USD) string {
	cost, most := pyFloat(spent), pyFloat(*p.Limits.MaxBudget)
	switch p.Kind {
	case core.PayerTeam:
		return "Budget has been exceeded! Team=" + p.ID + " Current cost: " + cost + ", Max budget: " + most
	case core.PayerUser:
		return "ExceededBudget: User=" + p.ID + " over budget. Spend=" + cost + ", Budget=" + most
	case core.PayerCustomer:
		return "ExceededBudget: End User=" + p.ID + " over budget. Spend=" + cost + ", Budget=" + most
	case core.PayerKeyModel:
		return "LiteLLM Virtual Key: " + p.ID + ", key_alias: " + p.Alias + ", exceeded budget for model=" + p.Model
	case core.PayerOrganization:
		return "Budget has been exceeded! Organization=" + p.ID + " Current cost: " + cost + ", Max budget: " + most
	}
	return "Budget has been exceeded! Current cost: " + cost + ", Max budget: " + most
}

// rateTypes are what messages call the payers.
var rateTypes = map[string]string{core.PayerKey: "key", core.PayerKeyModel: "model_per_key", core.PayerTeam: "team",
	core.PayerTeamModel: "model_per_team", core.PayerUser: "user", core.PayerMember: "team_member", core.PayerCustomer: "customer",
	core.PayerOrganization: "organization", core.PayerProxy: "global"}

func overRate(p *core.Payer, v *verdict, now time.Time) string {
	l, kind := &p.Limits, rateTypes[p.Kind]
	if p.Kind == core.PayerProxy {
		return fmt.Sprintf("Max parallel request limit reached Hit Global Limit: Limit=%d, current: %d", most(l.Parallel), v.parallel)
	}
	if isZero(l.Parallel) || isZero(l.RPM) || isZero(l.TPM) {
		return fmt.Sprintf("Max parallel request limit reached Crossed TPM / RPM / Max Parallel Request Limit. Hit limit for %s. "+
			"Current limits: max_parallel_requests: %d, tpm_limit: %d, rpm_limit: %d", kind, most(l.Parallel), most(l.TPM), most(l.RPM))
	}
	limited, limit, used := "requests", most(l.RPM), v.requests
	switch v.what {
	case tokens:
		limited, limit, used = "tokens", most(l.TPM), v.tokens
	case parallel:
		limited, limit, used = "max_parallel_requests", most(l.Parallel), v.parallel
	}
	return fmt.Sprintf("LiteLLM Rate Limit Handler for rate limit type = %s. Crossed TPM / RPM / Max Parallel Request Limit. "+
		"current rpm: %d, rpm limit: %d, current tpm: %d, tpm limit: %d, current max_parallel_requests: %d, max_parallel_requests: %d. "+
		"Limit type: %s. Current limit: %d, Remaining: %d. Limit resets at: %s",
		kind, v.requests, most(l.RPM), v.tokens, most(l.TPM), v.parallel, most(l.Parallel), limited, limit, max(limit-used, 0),
		now.UTC().Add(time.Duration(v.resets)*time.Second).Format("2006-01-02 15:04:05 UTC"))
}

func isZero(n *int64) bool { return n != nil && *n == 0 }

// most is a limit as messages give it: a missing one is the largest number there is.
func most(n *int64) int64 {
	if n == nil {
		return math.MaxInt64
	}
	return *n
}

// pyFloat writes an amount as Python does, whose messages these are.
func pyFloat(u core.USD) string {
	f := u.Float()
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return strconv.FormatFloat(f, 'e', -1, 64)
	}
	return string(u.AppendJSON(nil))
}

func unavailable(err error) *core.Error {
	return &core.Error{Class: core.ServiceUnavailable, RetryAfter: time.Second, Cause: err,
		Message: "litellm.ServiceUnavailableError: what was spent can't be read: the database is not available"}
}
