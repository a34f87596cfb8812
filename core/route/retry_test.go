package route

import (
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

func TestRetryable(t *testing.T) {
	always := []core.Class{core.Timeout, core.RateLimit, core.InternalServer, core.APIConnection, core.ServiceUnavailable, core.APIError}
	elsewhere := []core.Class{core.Authentication, core.PermissionDenied}
	never := []core.Class{core.ByStatus, core.BadRequest, core.ContextWindowExceeded, core.ContentPolicyViolation, core.UnsupportedParams,
		core.NotFound, core.Unprocessable, core.Cancelled}
	check := func(list []core.Class, alone, others bool) {
		for _, c := range list {
			e := &core.Error{Class: c, Upstream: true}
			if Retryable(e, 1) != alone || Retryable(e, 2) != others {
				t.Errorf("%s: alone %v, with others %v", c, Retryable(e, 1), Retryable(e, 2))
			}
			if e := (&core.Error{Class: c}); Retryable(e, 1) || Retryable(e, 2) {
				t.Errorf("%s of our own is tried again", c)
			}
		}
	}
	check(always, true, true)
	check(elsewhere, false, true)
	check(never, false, false)
	for status, want := range map[int]bool{402: false, 409: false, 500: true, 520: true} {
		if e := (&core.Error{Class: core.APIError, Status: status, Upstream: true}); Retryable(e, 2) != want {
			t.Errorf("status %d: %v", status, !want)
		}
	}
}

func TestWait(t *testing.T) {
	const s = time.Second
	for name, c := range map[string]struct {
		retryAfter   time.Duration
		attempt      int
		others       bool
		least        time.Duration
		lower, upper time.Duration
	}{
		"first":                        {0, 1, false, 0, 375 * time.Millisecond, 500 * time.Millisecond},
		"second":                       {0, 2, false, 0, 750 * time.Millisecond, s},
		"fifth":                        {0, 5, false, 0, 6 * s, 8 * s},
		"sixth is not longer":          {0, 6, false, 0, 6 * s, 8 * s},
		"hundredth":                    {0, 100, false, 0, 6 * s, 8 * s},
		"others":                       {0, 3, true, 0, 0, 0},
		"others, whatever was asked":   {30 * s, 3, true, 5 * s, 0, 0},
		"what the upstream asks":       {7 * s, 1, false, 0, 7 * s, 7 * s},
		"the most it may ask":          {60 * s, 1, false, 0, 60 * s, 60 * s},
		"too much":                     {61 * s, 1, false, 0, 375 * time.Millisecond, 500 * time.Millisecond},
		"at least":                     {0, 1, false, 3 * s, 3 * s, 3 * s},
		"at least, over the upstream":  {2 * s, 1, false, 3 * s, 3 * s, 3 * s},
		"at least, under the upstream": {5 * s, 1, false, 3 * s, 5 * s, 5 * s},
	} {
		for range 200 {
			got := Wait(&core.Error{RetryAfter: c.retryAfter}, c.attempt, c.others, c.least)
			if got < c.lower || got > c.upper {
				t.Fatalf("%s: %s is not between %s and %s", name, got, c.lower, c.upper)
			}
		}
	}
}
