package admin

import (
	"context"
	"errors"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// OrganizationRoutes serve /organization/*.
func (a *API) OrganizationRoutes() []Route {
	return []Route{
		{"POST", "/organization/new", a.handler(newOrganization)},
		{"PATCH", "/organization/update", a.handler(updateOrganization)},
		{"DELETE", "/organization/delete", a.handler(deleteOrganizations)},
		{"GET", "/organization/list", a.handler(listOrganizations)},
		{"GET", "/organization/info", a.handler(organizationInfo)},
		{"POST", "/organization/member_add", a.handler(addOrganizationMembers)},
		{"PATCH", "/organization/member_update", a.handler(updateOrganizationMember)},
		{"DELETE", "/organization/member_delete", a.handler(deleteOrganizationMember)},
	}
}

// rulesOrganizations refuses all but administrators.
func (c *call) rulesOrganizations(what string) *core.Error {
	if c.who.Admin {
		return nil
	}
	return detail(401, "Only admins can "+what+" orgs. Your role is = "+c.who.Role)
}

func newOrganization(ctx context.Context, c *call) (any, *core.Error) {
	if e := c.rulesOrganizations("create"); e != nil {
		return nil, e
	}
	if _, e := c.body.required("organization_alias"); e != nil {
		return nil, e
	}
	id, e := c.body.newName("organization_id")
	if e != nil {
		return nil, e
	}
	if id == "" {
		id = newID()
	}
	o := &core.Organization{ID: id, Models: []string{}, Metadata: map[string]any{}, Change: c.change}
	if e := c.fillOrganization(o, c.body); e != nil {
		return nil, e
	}
	err := c.write(ctx, func(w *work) (err error) {
		if o.BudgetID, err = w.linkBudget("organization/"+id, nil, c.body); err != nil {
			return err
		}
		if o.BudgetID == nil { // each has one, if only to be filled later
			if o.BudgetID, err = w.ownBudget("organization/"+id, nil, given{}); err != nil {
				return err
			}
		}
		return w.organizations().insert(w, o)
	})
	if errors.Is(err, store.ErrConflict) {
		return nil, refuse(400, "bad_request_error", "organization_id", "Organization id = "+id+" already exists. Please use a different organization id.")
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return c.oneOrganization(ctx, o)
}

func (c *call) oneOrganization(ctx context.Context, o *core.Organization) (any, *core.Error) {
	rows, e := c.organizationRows(ctx, []*core.Organization{o})
	if e != nil {
		return nil, e
	}
	return rows[0], nil
}

func updateOrganization(ctx context.Context, c *call) (any, *core.Error) {
	if e := c.rulesOrganizations("update"); e != nil {
		return nil, e
	}
	id, e := c.body.required("organization_id")
	if e != nil {
		return nil, e
	}
	var o *core.Organization
	err := c.write(ctx, func(w *work) (err error) {
		o, err = w.organizations().update(w, updated, func(o *core.Organization) (err error) {
			if e := c.fillOrganization(o, c.body); e != nil {
				return e
			}
			o.BudgetID, err = w.linkBudget("organization/"+id, o.BudgetID, c.body)
			return err
		}, id)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil, noOrganization(id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return c.oneOrganization(ctx, o)
}

func deleteOrganizations(ctx context.Context, c *call) (any, *core.Error) {
	if e := c.rulesOrganizations("delete"); e != nil {
		return nil, e
	}
	ids, e := c.body.ids("organization_ids")
	if e != nil {
		return nil, e
	}
	var gone []*core.Organization
	err := c.write(ctx, func(w *work) (err error) {
		gone, err = w.deleteOrganizations(ids)
		return err
	})
	if err != nil {
		return nil, c.failure(err)
	}
	return c.organizationRows(ctx, gone)
}

// listOrganizations answers with a page of the organizations that who makes the request may see; the header x-total-count
// says how many there are.
func listOrganizations(ctx context.Context, c *call) (any, *core.Error) {
	page, e := c.listPage(teamsPerPage)
	if e != nil {
		return nil, e
	}
	var where []store.Where
	if !c.reads() {
		members, err := c.Store.OrganizationMembers.List(ctx, store.Page{Limit: 1000}, store.Where{Column: "user_id", Value: c.who.UserID})
		if err != nil {
			return nil, c.failure(err)
		}
		ids := []string{}
		for _, m := range members {
			ids = append(ids, m.OrganizationID)
		}
		where = append(where, store.Where{Column: "id", Value: ids})
	}
	found, err := c.Store.Organizations.List(ctx, page, where...)
	if err != nil {
		return nil, c.failure(err)
	}
	total, err := c.Store.Organizations.Count(ctx, where...)
	if err != nil {
		return nil, c.failure(err)
	}
	c.setTotal(total)
	return c.wholeOrganizations(ctx, found)
}

func organizationInfo(ctx context.Context, c *call) (any, *core.Error) {
	id := c.query("organization_id")
	if e := c.seesOrganization(ctx, id); e != nil {
		return nil, e
	}
	o, err := c.Store.Organizations.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, noOrganization(id)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	rows, e := c.wholeOrganizations(ctx, []*core.Organization{o})
	if e != nil {
		return nil, e
	}
	return rows[0], nil
}

// seesOrganization refuses those who may not see an organization: neither administrators nor members of it.
func (c *call) seesOrganization(ctx context.Context, id string) *core.Error {
	if c.reads() {
		return nil
	}
	if c.who.UserID != "" {
		_, err := c.Store.OrganizationMembers.Get(ctx, id, c.who.UserID)
		if !errors.Is(err, store.ErrNotFound) {
			return c.failed(err)
		}
	}
	return refuse(403, "auth_error", "organization_id", "You are not allowed to access this organization's info. Your role="+c.who.Role)
}
