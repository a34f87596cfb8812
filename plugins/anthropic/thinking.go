package main

import "github.com/sluice-gateway/sluice/sdk"

const (
	// defaultMaxTokens is for clients that set no limit: Anthropic demands one.
	defaultMaxTokens = 4096

	budgetLow    = 1024 // the least that Anthropic accepts
	budgetMedium = 2048
	budgetHigh   = 4096
)

const (
	effortNone uint8 = 1 + iota
	effortLow
	effortMedium
	effortHigh
)

var efforts = number(map[string]uint8{
	"none": effortNone, "minimal": effortLow, "low": effortLow, "medium": effortMedium, "high": effortHigh,
})

var (
	nameEnabled  = sdk.Name("enabled")
	nameAdaptive = sdk.Name("adaptive")
)

// think writes whether and how long the model thinks. unthought tells that the conversation is inside a round of tool
// calls that was begun without thinking; Anthropic refuses to start in the middle, so an effort, which is only a wish,
// is dropped there.
func (q *request) think(unthought bool) error {
	if t := q.given[paramThinking]; t.Exists() {
		q.member(paramThinking)
		if t.Get(keyType).Is(nameEnabled) {
			q.budget = t.Get(keyBudgetTokens).Int()
		}
		return nil
	}
	effort := q.given[paramReasoningEffort]
	if !effort.Exists() {
		return nil
	}
	switch efforts.of(effort.Atom()) {
	case effortNone:
		return nil
	case effortLow:
		q.budget = budgetLow
	case effortMedium:
		q.budget = budgetMedium
	case effortHigh:
		q.budget = budgetHigh
	default:
		return sdk.BadRequest("reasoning_effort: " + effort.Source() + " is not one of none, minimal, low, medium, high")
	}
	if unthought {
		q.budget = 0
		return nil
	}
	q.effort = true
	q.o.Lit(`,"thinking":{"type":"enabled","budget_tokens":`).Int(q.budget).Lit("}")
	return nil
}

// thinks reports whether the model will think, which rules out forcing a tool on it.
func (q *request) thinks() bool {
	return q.effort || q.budget > 0 || q.given[paramThinking].Get(keyType).Is(nameAdaptive)
}

// limit writes max_tokens. Thinking counts towards it, so the client's limit is put on top of a budget that we chose.
func (q *request) limit() {
	given := q.given[paramMaxCompletionTokens]
	if !given.Exists() {
		given = q.given[paramMaxTokens]
	}
	q.o.Lit(`,"max_tokens":`)
	switch {
	case !given.Exists():
		q.o.Int(q.budget + defaultMaxTokens)
	case q.effort && given.Int() <= q.budget:
		q.o.Int(q.budget + given.Int())
	default:
		q.o.Raw(given)
	}
}
