package core

// Outcome is how a guard's check ended.
type Outcome uint8

// Outcomes. What was not looked at never counts as passed.
const (
	NotRun Outcome = iota
	Passed
	Edited
	Blocked
)

var outcomeNames = [...]string{"not run", "passed", "edited", "blocked"}

// String returns the outcome as records spell it.
func (o Outcome) String() string { return outcomeNames[o] }

// Verdict is what came of one guard in one of its modes.
type Verdict struct {
	Guard, Mode string // guardrail_name; pre_call, during_call, post_call or logging_only
	Outcome     Outcome
	Why         string   // a refusal's message, or why it was not run; else ""
	Flags       []string // labels that the guard gave the text
	// Edits is how many there were. Refused counts those that the mode does not allow, which were not applied.
	Edits, Refused int
	// Err is what kept the guard from running; nil when there was nothing to look at. It is for the log.
	Err error
}
