package host

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/match"
)

// words turns a signature into the form of docs/ABI.md.
func (s signature) words() string {
	params, results, _ := strings.Cut(string(s), ":")
	names := strings.NewReplacer("i", "i32, ", "I", "i64, ")
	result := strings.TrimSuffix(names.Replace(results), ", ")
	if result == "" {
		result = "()"
	}
	return "(" + strings.TrimSuffix(names.Replace(params), ", ") + ") -> " + result
}

// TestReference checks that docs/ABI.md has every import and export with its signature, and the limits.
func TestReference(t *testing.T) {
	text, err := os.ReadFile("../../docs/ABI.md")
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, m := range hostModules {
		for _, f := range m.functions {
			if m.name == hostabi.Module {
				want = append(want, fmt.Sprintf("| `%s` | `%s` |", f.name, f.sig.words()))
			}
		}
	}
	for _, e := range guestExports {
		want = append(want, fmt.Sprintf("| `%s` | `%s` |", e.name, e.sig.words()))
	}
	var o Options
	o.defaults()
	for name, value := range map[string]int{
		"memory of an instance, MiB":                                   int(o.MemoryPages) * pageSize >> 20,
		"exchanges of an instance at once":                             maxContexts,
		"bytes given out as a body, or as events that wait":            maxOutput,
		"documents parsed during one event":                            maxDocuments,
		"bytes of the documents parsed during one event":               maxParsed,
		"bytes of an error message":                                    maxMessage,
		"bytes of a log line":                                          maxLogLine,
		"log lines per second and instance":                            linesPerBurst,
		"names that a plugin may add":                                  maxNames,
		"metrics of a plugin":                                          maxMetrics,
		"sets of a plugin":                                             maxSets,
		"hits of one search":                                           match.MaxHits,
		"edits of a guard's event":                                     maxEdits,
		"labels of a guard's event":                                    maxFlags,
		"bytes of a label":                                             maxLabel,
		"bytes of a stored value's key":                                maxKey,
		"calls of an exchange":                                         maxCalls,
		"bytes of a call's path":                                       maxCallPath,
		"bytes of a call's headers":                                    maxCallHeaders,
		"bytes of a call's body":                                       maxCallBody,
		"timers started during one event":                              maxTimers,
		"milliseconds of a timer":                                      maxTimer,
		"instances at once of a plugin that has one for each exchange": maxPrivate,
	} {
		want = append(want, fmt.Sprintf("| %s | %d |", name, value))
	}
	for _, w := range want {
		if !strings.Contains(string(text), w) {
			t.Errorf("docs/ABI.md does not have %q", w)
		}
	}
}
