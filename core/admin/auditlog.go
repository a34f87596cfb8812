package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// AuditRoutes serve the audit log: /audit.
func (a *API) AuditRoutes() []Route {
	return []Route{
		{"GET", "/audit", a.handler(auditPage)},
		{"GET", "/audit/{id}", a.handler(auditEntry)},
	}
}

// readsAudit lets administrators go on: entries hold what everybody else's rows were.
func (c *call) readsAudit() *core.Error {
	if c.who.Admin || c.who.Role == "proxy_admin" || c.who.Role == "proxy_admin_viewer" {
		return nil
	}
	return c.adminOnly()
}

// auditPage answers with a page of the audit log, the newest entries first.
func auditPage(ctx context.Context, c *call) (any, *core.Error) {
	if e := c.readsAudit(); e != nil {
		return nil, e
	}
	page, size, e := c.pageOf("page_size", 10)
	if e != nil {
		return nil, e
	}
	f := store.AuditFilter{By: c.query("changed_by"), Action: c.query("action"), Table: c.query("table_name"), ObjectID: c.query("object_id")}
	if f.From, f.Until, e = c.span(); e != nil {
		return nil, e
	}
	if (page-1)*size >= store.MaxAuditCount {
		return nil, detail(400, fmt.Sprintf("only the newest %d entries can be paged through: narrow them by date", store.MaxAuditCount))
	}
	entries, total, err := c.Store.Audit.List(ctx, f, size, (page-1)*size)
	if err != nil {
		return nil, c.failure(err)
	}
	if total == store.MaxAuditCount {
		c.truncated(fmt.Sprintf("only the newest %d entries are counted", total))
	}
	return map[string]any{"audit_logs": entries, "total": total, "page": page, "page_size": size, "total_pages": (total + size - 1) / size}, nil
}

func auditEntry(ctx context.Context, c *call) (any, *core.Error) {
	if e := c.readsAudit(); e != nil {
		return nil, e
	}
	id, _ := c.ctx.UserValue("id").(string)
	entry, err := c.Store.Audit.Get(ctx, id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, detail(404, "Audit log with ID "+id+" not found")
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return entry, nil
}
