package guard

import (
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// refused is the error that clients get when a guard blocks. Its message is written as the LiteLLM proxy's: a Python
// dictionary.
func refused(b *host.Block) *core.Error {
	return &core.Error{Class: core.BadRequest, Kind: "None", Status: b.Status, Message: "{'error': " + pythonString(b.Message) + "}"}
}

// pythonString writes a string as Python shows it.
func pythonString(s string) string {
	quote := `'`
	if strings.Contains(s, `'`) && !strings.Contains(s, `"`) {
		quote = `"`
	}
	s = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
	if quote == `'` {
		s = strings.ReplaceAll(s, `'`, `\'`)
	}
	return quote + s + quote
}

// unguarded is the error for an exchange that must not go on without a guard that could not run. What kept it from
// running is for the log.
func unguarded(name string, err error) *core.Error {
	return &core.Error{Class: core.InternalServer, Cause: err,
		Message: "litellm.InternalServerError: the guardrail '" + name + "' could not run, and nothing passes without it"}
}

func left(err error) *core.Error {
	return &core.Error{Class: core.Cancelled, Cause: err, Message: "the client closed the connection"}
}
