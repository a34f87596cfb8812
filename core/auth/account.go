package auth

import (
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// principal is who has a key.
func principal(a *core.Account) core.Principal {
	k := a.Key
	p := core.Principal{KeyHash: k.Hash, Account: a, Role: a.Role, Admin: a.Role == proxyAdmin, Models: models(a)}
	for _, s := range []struct {
		into *string
		from *string
	}{{&p.KeyAlias, k.Alias}, {&p.UserID, k.UserID}, {&p.TeamID, k.TeamID}} {
		if s.from != nil {
			*s.into = *s.from
		}
	}
	p.OrganizationID = organization(a)
	return p
}

// allTeamModels stands in a key's list for what its team may use.
const allTeamModels = "all-team-models"

// models is what a key may use: nil = everything that its team or user may.
func models(a *core.Account) []string {
	list := a.Key.Models
	if len(list) == 0 {
		return nil
	}
	if !slices.Contains(list, allTeamModels) {
		return list
	}
	if a.Team == nil || len(a.Team.Models) == 0 {
		return nil
	}
	return append(slices.DeleteFunc(slices.Clone(list), func(m string) bool { return m == allTeamModels }), a.Team.Models...)
}

// usable refuses a key that was blocked or has expired, or whose team was blocked.
func usable(a *core.Account, now time.Time) *core.Error {
	k := a.Key
	switch {
	case k.IsBlocked():
		return refuse("Key is blocked. Update via `/key/unblock` if you're admin.")
	case a.Team != nil && a.Team.Blocked:
		return refuse("Team=" + a.Team.ID + " is blocked. Update via `/team/unblock` if your admin.")
	case k.Expires != nil && !now.Before(*k.Expires):
		return &core.Error{Class: core.BadRequest, Kind: "expired_key", Param: k.Hash, Message: "Authentication Error - Expired Key. Key Expiry time " +
			pyTime(*k.Expires) + " and current time " + pyTime(now)}
	}
	return nil
}

// pyTime writes a time as Python does.
func pyTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.999999-07:00") }

// Allow reports whether a principal may use a model that has these names, and if not the error that says who may not: the
// key, its team, its organization, or the user of a key without a team.
func Allow(p *core.Principal, model string, names ...string) *core.Error {
	if !MayUse(p, names...) {
		return Denied(p, model)
	}
	a := p.Account
	if a == nil || p.Admin {
		return nil
	}
	if len(model) > longestName {
		model = model[:longestName] + "…"
	}
	switch {
	case a.Team != nil && len(a.Team.Models) > 0 && !MayUse(&core.Principal{Models: a.Team.Models}, names...):
		return &core.Error{Class: core.Authentication, Kind: "team_model_access_denied", Param: "model", Message: "Team not allowed to access model. Team=" +
			a.Team.ID + ", Model=" + model + ". Allowed team models = " + pyList(a.Team.Models)}
	case a.Organization != nil && len(a.Organization.Models) > 0 && !MayUse(&core.Principal{Models: a.Organization.Models}, names...):
		return &core.Error{Class: core.Authentication, Kind: "org_model_access_denied", Param: "model", Message: "Organization not allowed to access model. " +
			"Organization=" + a.Organization.ID + ", Model=" + model + ". Allowed organization models = " + pyList(a.Organization.Models)}
	case a.Key.TeamID != nil || a.User == nil || len(a.User.Models) == 0:
		return nil
	case slices.Contains(a.User.Models, "no-default-models") && len(a.Key.Models) == 0:
		return &core.Error{Class: core.Authentication, Kind: "key_model_access_denied", Param: "model",
			Message: "User not allowed to access model. No default model access, only team models allowed. Tried to access " + model}
	case !MayUse(&core.Principal{Models: a.User.Models}, names...):
		return &core.Error{Class: core.Authentication, Kind: "user_model_access_denied", Param: "model", Message: "user not allowed to access model. " +
			"This user can only access models=" + pyList(a.User.Models) + ". Tried to access " + model}
	}
	return nil
}

// longestName is how much of a model's name a client gets back of its own.
const longestName = 256

// pyList writes a list as Python does.
func pyList(list []string) string {
	if len(list) == 0 {
		return "[]"
	}
	return "['" + strings.Join(list, "', '") + "']"
}
