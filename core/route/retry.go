package route

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// DefaultRetries is how often a failed call is tried again when nothing says otherwise.
const DefaultRetries = 2

// longestWait is the most that is waited for an upstream that names a time to come back.
const longestWait = 60 * time.Second

// Retryable reports whether another attempt can help: never for what the request itself is to blame for. A refused
// credential is tried again only where another deployment may have a better one.
func Retryable(e *core.Error, deployments int) bool {
	if !e.Upstream {
		return false
	}
	switch e.Class {
	case core.Timeout, core.RateLimit, core.InternalServer, core.APIConnection, core.ServiceUnavailable:
		return true
	case core.APIError:
		return e.Code() >= 500
	case core.Authentication, core.PermissionDenied:
		return deployments > 1
	}
	return false
}

// Wait returns how long to wait before attempt number n (from 1). With other deployments to go to there is no wait. Else
// it is what the upstream asked for, or 0.5 s doubling to 8 s, less up to a quarter at random; never below least.
func Wait(e *core.Error, n int, others bool, least time.Duration) time.Duration {
	if others {
		return 0
	}
	if e.RetryAfter > 0 && e.RetryAfter <= longestWait {
		return max(e.RetryAfter, least)
	}
	s := min(0.5*math.Pow(2, float64(n-1)), 8) * (1 - 0.25*rand.Float64())
	return max(time.Duration(s*float64(time.Second)), least)
}
