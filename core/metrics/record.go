package metrics

import (
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// End is how an exchange ended.
type End struct {
	Error    *core.Error // nil = well
	Duration time.Duration
	Cost     core.USD
	// RemainingRequests and RemainingTokens are what the upstream says it still allows; below 0 = it does not say.
	RemainingRequests, RemainingTokens int64
}

// Record counts an exchange that is over.
func (m *Metrics) Record(x *core.Exchange, end *End) {
	if m == nil {
		return
	}
	if end.Error != nil {
		m.failed(x, end)
	} else {
		m.succeeded(x, end)
	}
	for i := range x.Failed {
		m.attempt(x, &x.Failed[i].Attempt, x.Failed[i].Error)
	}
	if e := end.Error; e != nil && e.Upstream && len(x.Failed) == x.Attempt.Retries {
		m.attempt(x, &x.Attempt, e) // it broke after it had begun to answer
	}
}

func (m *Metrics) succeeded(x *core.Exchange, end *End) {
	a := &x.Attempt
	k := m.key(x, success)
	k.at(a)
	s := m.find(&k)
	s[clientRequests].numbers[0].Add(1)
	s[requests].numbers[0].Add(1)
	s.spent(x, end)
	s[attempts].numbers[tried].Add(1)
	s[attempts].numbers[succeeded].Add(1)
	s[state].numbers[0].set(0)
	s.remaining(end)
	s.took(x, end)
}

// spent counts what was used, also by those who left before the end.
func (s *set) spent(x *core.Exchange, end *End) {
	prompt, answer := int64(x.Usage.Prompt), int64(x.Usage.Completion)
	if end.Cost > 0 {
		s[usage].numbers[spend].Add(int64(end.Cost))
	}
	s[usage].numbers[totalTokens].Add(prompt + answer)
	s[served].numbers[inputTokens].Add(prompt)
	s[served].numbers[outputTokens].Add(answer)
}

func (s *set) remaining(end *End) {
	if n := end.RemainingRequests; n >= 0 {
		s[deployment].numbers[remainingRequests].set(n)
	}
	if n := end.RemainingTokens; n >= 0 {
		s[deployment].numbers[remainingTokens].set(n)
	}
}

func (s *set) took(x *core.Exchange, end *End) {
	a := &x.Attempt
	s[served].durations[total].observe(end.Duration)
	if n := x.Usage.Completion; n > 0 {
		s[perToken].durations[0].observe(end.Duration / time.Duration(n))
	}
	if a.Began.IsZero() {
		return
	}
	before := a.Began.Sub(x.Start)
	s[served].durations[api].observe(end.Duration - before)
	if !x.FirstToken.IsZero() {
		s[firstToken].durations[0].observe(x.FirstToken.Sub(a.Began))
	}
	switch {
	case a.Retries > 0: // who else took the time is not known
	case x.Stream:
		s[deployment].durations[0].observe(before)
	default:
		s[deployment].durations[0].observe(end.Duration - a.Upstream)
	}
}

func (m *Metrics) failed(x *core.Exchange, end *End) {
	k := m.key(x, failure)
	k.failed(end.Error)
	k.at(&x.Attempt)
	s := m.find(&k)
	s[clientRequests].numbers[0].Add(1)
	s[clientFailures].numbers[0].Add(1)
	s.spent(x, end)
}

// attempt counts a call of a deployment that failed.
func (m *Metrics) attempt(x *core.Exchange, a *core.Attempt, e *core.Error) {
	if a.Deployment == nil || !e.Upstream || e.Class == core.Cancelled {
		return
	}
	k := m.key(x, attempt)
	k.failed(e)
	k.at(a)
	s := m.find(&k)
	s[usage].numbers[apiFailures].Add(1)
	s[attempts].numbers[tried].Add(1)
	s[attemptFailures].numbers[0].Add(1)
	s[state].numbers[0].set(1)
	k.event = tagged
	for _, t := range x.Tags {
		k.tag = clip(t)
		m.find(&k)[tagFailures].numbers[0].Add(1)
	}
}
