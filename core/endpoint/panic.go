package endpoint

import (
	"runtime/debug"

	"github.com/sluice-gateway/sluice/core"
)

// Panicked is the error for a panic, which it logs. The handlers' own goroutines need it where the server can't recover
// for them.
func (a *API) Panicked(value any) *core.Error {
	a.Log.Error("panic while serving", "panic", value, "stack", string(debug.Stack()))
	return &core.Error{Class: core.InternalServer, Message: "Internal Server Error"}
}
