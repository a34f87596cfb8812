package admin

import (
	"context"
	"errors"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// reads reports whether who makes the request may see everything.
func (c *call) reads() bool { return c.who.Admin || c.who.Role == "proxy_admin_viewer" }

// administrators lets administrators go on, and with them those who may only read if reading is all that is asked.
func (c *call) administrators(reading bool) *core.Error {
	if c.who.Admin || reading && c.reads() {
		return nil
	}
	if c.who.Role == "proxy_admin_viewer" {
		return refuse(403, "auth_error", "", "user not allowed to access this route, role= proxy_admin_viewer. Trying to access: "+string(c.ctx.Path()))
	}
	return c.adminOnly()
}

// onlyAdministrators is a handler for them alone.
func onlyAdministrators(reading bool, f func(context.Context, *call) (any, *core.Error)) func(context.Context, *call) (any, *core.Error) {
	return func(ctx context.Context, c *call) (any, *core.Error) {
		if e := c.administrators(reading); e != nil {
			return nil, e
		}
		return f(ctx, c)
	}
}

// governs reports whether who makes the request is an administrator of an organization, or of everything.
func (c *call) governs(ctx context.Context, organization *string) (bool, *core.Error) {
	if c.who.Admin || organization == nil || c.who.UserID == "" {
		return c.who.Admin, nil
	}
	m, err := c.Store.OrganizationMembers.Get(ctx, *organization, c.who.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, c.failure(err)
	}
	return m.Role == "org_admin", nil
}

// mustGovern refuses those who don't.
func (c *call) mustGovern(ctx context.Context, organization *string) *core.Error {
	if ok, e := c.governs(ctx, organization); ok || e != nil {
		return e
	}
	return c.administrators(false)
}

// membership is who makes the request as a member of a team, nil when they are none.
func (c *call) membership(ctx context.Context, team string) (*core.Member, *core.Error) {
	if c.who.UserID == "" {
		return nil, nil
	}
	m, err := c.Store.Members.Get(ctx, team, c.who.UserID)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return m, nil
}

// leads reports whether who makes the request may change who is in a team.
func (c *call) leads(ctx context.Context, t *core.Team) (bool, *core.Error) {
	if ok, e := c.governs(ctx, t.OrganizationID); ok || e != nil {
		return ok, e
	}
	m, e := c.membership(ctx, t.ID)
	return m != nil && m.Role == "admin", e
}
