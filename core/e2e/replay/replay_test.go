package replay

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
)

// TestReplay sends every recorded exchange that the gateway's APIs and formats cover through the gateway. Run it with -v
// to see the table.
func TestReplay(t *testing.T) {
	list := load(t)
	score := scoreboard{rows: map[string]map[string]int{}, out: map[string]int{}}
	played := slices.DeleteFunc(slices.Clone(list), func(f *fixture) bool {
		if why := f.outOfScope(); why != "" {
			score.add(f, "out of scope", why)
			return true
		}
		return false
	})
	s := open(t, played)
	t.Run("exchanges", func(t *testing.T) {
		for _, f := range played {
			t.Run(f.ID, func(t *testing.T) {
				t.Parallel()
				problems := s.play(f)
				why, known := explained[f.ID]
				switch {
				case len(problems) == 0 && known:
					t.Errorf("passes: take it off the list of explained failures")
				case len(problems) == 0:
					score.add(f, "passed", "")
				case known:
					score.add(f, "explained", why)
					t.Logf("known: %s\n%s", why, strings.Join(problems, "\n"))
				default:
					score.add(f, "FAILED", strings.Join(problems, "; "))
					t.Error(strings.Join(problems, "\n"))
				}
			})
		}
	})
	t.Log("\n" + score.table())
}

type reply = gateway.Reply

// play sends one exchange through the gateway and lists what is wrong with the answer.
func (s *stage) play(f *fixture) []string {
	var problems []string
	switch {
	case f.Kind == "error" || f.has("error_in_200"):
		problems = s.once(f, false, func(r reply) []string { return f.checkError(r) })
	case f.streams():
		for _, usage := range []bool{false, true} {
			problems = append(problems, s.once(f, usage, func(r reply) []string { return f.checkStream(r, usage) })...)
		}
	case f.route() == "/embeddings" || f.route() == "/moderations":
		problems = s.once(f, false, f.checkList)
	default:
		problems = s.once(f, false, f.checkReply)
	}
	problems = append(problems, f.checkRequest(s.sent(f.ID))...)
	return slices.Compact(problems)
}

func (s *stage) once(f *fixture, usage bool, check func(reply) []string) []string {
	body, err := f.request(usage)
	if err != nil {
		return []string{err.Error()}
	}
	return check(s.Post(f.route(), body))
}

// scoreboard counts outcomes by provider.
type scoreboard struct {
	mu   sync.Mutex
	rows map[string]map[string]int
	why  []string
	out  map[string]int // of scope, by reason
}

var outcomes = []string{"passed", "explained", "FAILED", "out of scope"}

func (b *scoreboard) add(f *fixture, outcome, why string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, row := range []string{f.Provider, "~ all"} {
		if b.rows[row] == nil {
			b.rows[row] = map[string]int{}
		}
		b.rows[row][outcome]++
	}
	switch {
	case outcome == "out of scope":
		b.out[why]++
	case why != "":
		b.why = append(b.why, fmt.Sprintf("%s %s: %.200s", outcome, f.ID, why))
	}
}

func (b *scoreboard) table() string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "provider\t%s\t\n", strings.Join(outcomes, "\t"))
	var names []string
	for name := range b.rows {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprint(w, strings.TrimPrefix(name, "~ "))
		for _, o := range outcomes {
			fmt.Fprintf(w, "\t%d", b.rows[name][o])
		}
		fmt.Fprint(w, "\t\n")
	}
	w.Flush()
	for why, n := range b.out {
		b.why = append(b.why, fmt.Sprintf("out of scope, %s: %d", why, n))
	}
	slices.Sort(b.why)
	return text.String() + strings.Join(b.why, "\n")
}
