package admin

import (
	"context"
	"errors"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// organizationRoles are the roles of members of an organization.
var organizationRoles = []string{"org_admin", "internal_user", "internal_user_viewer"}

// ruledOrganization is the id of the organization that a request names, if who makes it may change its members.
func (c *call) ruledOrganization(ctx context.Context) (string, *core.Error) {
	id, e := c.body.required("organization_id")
	if e != nil {
		return "", e
	}
	if c.body.has("max_budget_in_organization") {
		return "", refuse(400, "bad_request_error", "max_budget_in_organization",
			"Members of an organization have no budget of their own. Give the user one, or the user's team a budget for each member")
	}
	if ok, e := c.governs(ctx, &id); e != nil {
		return "", e
	} else if !ok {
		return "", refuse(403, "auth_error", "organization_id", "Call not allowed. User not proxy admin OR organization admin. route="+
			string(c.ctx.Path())+", organization_id="+id)
	}
	return id, nil
}

func addOrganizationMembers(ctx context.Context, c *call) (any, *core.Error) {
	if !c.body.has("member") {
		return nil, missing("member")
	}
	members, e := readMembers(c.body, "member", organizationRoles)
	if e != nil {
		return nil, e
	}
	id, e := c.ruledOrganization(ctx)
	if e != nil {
		return nil, e
	}
	var added []*core.OrganizationMember
	var users []*core.User
	err := c.write(ctx, func(w *work) (err error) {
		added, users, err = w.addToOrganization(id, members)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noOrganization(id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	rows, e := c.addedUsers(ctx, users)
	return map[string]any{"organization_id": id, "updated_users": rows, "updated_organization_memberships": organizationMemberRows(added)}, e
}

// addToOrganization puts users into an organization. A member who is in it already is left out of a list, and refused alone.
func (w *work) addToOrganization(id string, members []newMember) (added []*core.OrganizationMember, users []*core.User, err error) {
	if _, err := w.Store.Organizations.GetIn(w.tx, id); err != nil { // others who add members wait
		return nil, nil, err
	}
	for _, m := range members {
		u, err := w.person(m)
		if err != nil {
			return nil, nil, err
		}
		_, err = w.Store.OrganizationMembers.GetIn(w.tx, id, u.ID)
		if err == nil && w.body["member"][0] == '{' {
			return nil, nil, detail(400, "User="+u.ID+" already in organization="+id)
		}
		if err == nil {
			continue
		}
		if !errors.Is(err, store.ErrNotFound) {
			return nil, nil, err
		}
		row := &core.OrganizationMember{OrganizationID: id, UserID: u.ID, Role: m.Role, Change: w.change}
		if err := w.organizationMembers().insert(w, row); err != nil {
			return nil, nil, err
		}
		added, users = append(added, row), append(users, u)
	}
	return added, users, nil
}

// changeOrganizationMember finds the member whom a request names and lets f change them.
func (c *call) changeOrganizationMember(ctx context.Context, f func(*work, *core.OrganizationMember) error) *core.Error {
	user, email, e := c.body.namedUser()
	if e != nil {
		return e
	}
	id, e := c.ruledOrganization(ctx)
	if e != nil {
		return e
	}
	err := c.write(ctx, func(w *work) error {
		named := user
		if named == "" {
			u, err := w.findPerson("", email)
			if err != nil {
				return err
			}
			named = u.ID
		}
		m, err := w.Store.OrganizationMembers.GetIn(w.tx, id, named)
		if err != nil {
			return err
		}
		return f(w, m)
	})
	if errors.Is(err, store.ErrNotFound) {
		return refuse(404, "not_found_error", "user_id", "User not found in organization. organization_id="+id)
	}
	return c.failed(err)
}

func updateOrganizationMember(ctx context.Context, c *call) (any, *core.Error) {
	role, e := c.body.text("role")
	if e == nil && role != "" {
		e = knownRole(role, organizationRoles, "role")
	}
	if e != nil {
		return nil, e
	}
	var m *core.OrganizationMember
	e = c.changeOrganizationMember(ctx, func(w *work, found *core.OrganizationMember) (err error) {
		m, err = w.organizationMembers().update(w, updated, func(m *core.OrganizationMember) error {
			if role != "" {
				m.Role = role
			}
			return nil
		}, found.OrganizationID, found.UserID)
		return err
	})
	if e != nil {
		return nil, e
	}
	return object(m), nil
}

func deleteOrganizationMember(ctx context.Context, c *call) (any, *core.Error) {
	var m *core.OrganizationMember
	e := c.changeOrganizationMember(ctx, func(w *work, found *core.OrganizationMember) error {
		m = found
		_, err := w.organizationMembers().delete(w, store.Where{Column: "organization_id", Value: m.OrganizationID},
			store.Where{Column: "user_id", Value: m.UserID})
		return err
	})
	if e != nil {
		return nil, e
	}
	return object(m), nil
}
