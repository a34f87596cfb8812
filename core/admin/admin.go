// Package admin serves the management API of the LiteLLM proxy: keys, teams, users, customers, organizations, budgets,
// models, spend and the audit log.
package admin

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// API holds what the handlers need. It is safe for concurrent use.
type API struct {
	Store *store.Store
	Log   *slog.Logger
	// Authorize admits a request and returns who makes it.
	Authorize func(*fasthttp.RequestCtx) (core.Principal, *core.Error)
	// Changed tells this process's caches of a row that was written; others poll for it.
	Changed func(table, id string)
	// Permissions lists the names that a key's permissions may have besides LiteLLM's own: those of plugins and guards.
	Permissions func() []string
	// Settings are what the configuration says about management.
	Settings func() *Settings
	// Serves reports whether there is a model of that name. nil = all names pass.
	Serves func(model string) bool
	// Cost prices a call that a model, which may be a group, would answer; ok is false when its price is not known.
	Cost func(model string, promptTokens, completionTokens int) (cost core.USD, ok bool)
	// Count counts the tokens of messages, a JSON list, as a prompt of a model.
	Count func(model string, messages json.RawMessage) int
	// Backlog tells how much spend waits to be written to the store: files, bytes, and since when. nil = none ever does.
	Backlog func() (files int, bytes int64, oldest time.Time)
	// Now is the clock. Default time.Now.
	Now func() time.Time
}

// Settings are what the configuration says about management.
type Settings struct {
	// MasterKeyHash is the SHA-256 of the master key in hex.
	MasterKeyHash string
	// MasterKeyName is the KeyHash of who has the master key where the hash is not to be kept; "" = the hash.
	MasterKeyName string
	// AuditLog writes an entry for each change.
	AuditLog bool
	// SpendRetention and AuditRetention are how long rows of the spend log and entries of the audit log are kept; 0 = for ever.
	SpendRetention, AuditRetention time.Duration
	// MaxBudget is what all may spend together, for reports; 0 = no limit.
	MaxBudget core.USD
	// DefaultKeyParams are members of /key/generate that hold when a request does not give them.
	DefaultKeyParams given
	// UpperboundKeyParams are the most that a key may have: max_budget, tpm_limit, rpm_limit, max_parallel_requests, duration,
	// budget_duration.
	UpperboundKeyParams given
	// DefaultUserParams are members of /user/new that hold for an internal_user when a request does not give them.
	DefaultUserParams given
	// AvailableTeams are teams that users may join by themselves.
	AvailableTeams []string
}

func (a *API) now() time.Time {
	if a.Now == nil {
		return time.Now().UTC()
	}
	return a.Now()
}

// Route is a path that the API serves.
type Route struct {
	Method, Path string
	Handler      func(ctx *fasthttp.RequestCtx) *core.Error
}

// call is one request on its way: who makes it and what it says.
type call struct {
	*API
	ctx    *fasthttp.RequestCtx
	who    core.Principal
	body   given
	change core.Change // stamps of what it writes
}

// timeout bounds a request to the management API.
const timeout = 20 * time.Second

// handler makes a handler of a function that answers with a value, which is written as JSON.
func (a *API) handler(f func(ctx context.Context, c *call) (any, *core.Error)) func(*fasthttp.RequestCtx) *core.Error {
	return func(ctx *fasthttp.RequestCtx) *core.Error {
		c := &call{API: a, ctx: ctx}
		var e *core.Error
		if c.who, e = a.Authorize(ctx); e != nil {
			return e
		}
		if c.body, e = readBody(ctx.PostBody()); e != nil {
			return e
		}
		by, now := c.actor(), a.now()
		c.change = core.Change{CreatedAt: now, CreatedBy: by, UpdatedAt: now, UpdatedBy: by}
		limited, stop := context.WithTimeout(context.Background(), timeout)
		defer stop()
		answer, e := f(limited, c)
		if e != nil {
			return e
		}
		return writeJSON(ctx, answer)
	}
}

// defaultUser is the user of the master key.
const defaultUser = "default_user_id"

// actor is whom changes are ascribed to.
func (c *call) actor() string {
	if by := string(c.ctx.Request.Header.Peek("litellm-changed-by")); by != "" && c.who.Admin {
		return by
	}
	if c.who.UserID != "" {
		return c.who.UserID
	}
	return defaultUser
}

// failure turns an error of the store into one for the client.
func (c *call) failure(err error) *core.Error {
	var e *core.Error
	switch {
	case errors.As(err, &e):
		return e
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, context.DeadlineExceeded):
		return &core.Error{Class: core.ServiceUnavailable, RetryAfter: time.Second, Cause: err,
			Message: "Service Unavailable, the database can't be reached. Nothing was changed"}
	}
	return &core.Error{Class: core.InternalServer, Kind: "internal_server_error", Cause: err, Message: "Internal Server Error, the database refused the operation"}
}
