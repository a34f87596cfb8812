package metrics

import (
	"math"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

func TestNumbersAreWrittenAsPythonDoes(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0.0", 1: "1.0", -2: "-2.0", 0.1: "0.1", 0.00625: "0.00625", 300: "300.0", 999999: "999999.0", 1234567: "1.234567e+06",
		0.00001: "1e-05", 0.0001: "0.0001", 1.5: "1.5", math.Inf(1): "+Inf", math.Inf(-1): "-Inf", math.NaN(): "NaN",
	} {
		if got := string(appendFloat(nil, v)); got != want {
			t.Errorf("%v is %s, want %s", v, got, want)
		}
	}
}

var (
	sample  = regexp.MustCompile(`^[a-z_0-9]+(\{([a-z_]+="([^"\\\n]|\\[\\"n])*",?)+\})? (\+Inf|-?[0-9.]+(e[+-][0-9]+)?)$`)
	comment = regexp.MustCompile(`^# (HELP|TYPE) ([a-z_0-9]+) (.+)$`)
)

// TestTextIsWellFormed: each metric is described once, before its samples, and labels are in order.
func TestTextIsWellFormed(t *testing.T) {
	m := New(0)
	m.Sources = everything()
	m.Record(full(), well(time.Second))
	described, current := map[string]int{}, ""
	for line := range strings.Lines(written(t, m)) {
		line = strings.TrimSuffix(line, "\n")
		if c := comment.FindStringSubmatch(line); c != nil {
			current = c[2]
			described[c[1]+c[2]]++
			continue
		}
		if !sample.MatchString(line) || !strings.HasPrefix(line, current) {
			t.Errorf("odd line after %s: %s", current, line)
		}
		if names := regexp.MustCompile(`[{,]([a-z_]+)="`).FindAllStringSubmatch(line, -1); !sorted(names) {
			t.Errorf("labels are not sorted: %s", line)
		}
	}
	for name, n := range described {
		if n != 1 {
			t.Errorf("%s stands %d times", name, n)
		}
	}
}

func sorted(names [][]string) bool {
	for i := 1; i < len(names); i++ {
		if names[i-1][1] >= names[i][1] {
			return false
		}
	}
	return true
}

// everything has something of each kind.
func everything() Sources {
	return Sources{
		Plugins: func() []Plugin {
			return []Plugin{{Name: "pii", Kind: "guard", Version: "1.2", Events: 7, Fuel: 70, Traps: 1, Replaced: 2, P50: time.Millisecond,
				P99: 2 * time.Millisecond, CPU: time.Second, MemoryBytes: 1 << 21, Instances: 2, InFlight: 3, Breaker: "probing", Custom: map[string]int64{"found": 5}},
				{Name: "log", Kind: "observer", Version: "1", Breaker: "closed", Records: &Records{Recorded: 4, Dropped: 1}}}
		},
		Guards: func() []Guard { return []Guard{{Name: "no pii", Passed: 4, Edited: 3, Blocked: 2, NotRun: 1}} },
		Budgets: func() []Budget {
			return []Budget{
				{Kind: TeamBudget, ID: "t1", Alias: "red", Max: 10 * core.Dollar, Spent: core.Dollar / 4, ResetAt: time.Now().Add(7 * 24 * time.Hour)},
				{Kind: KeyBudget, ID: "88dc", Max: core.Dollar, Spent: 2 * core.Dollar},
				{Kind: ProviderBudget, ID: "openai", Max: core.Dollar},
			}
		},
		Limits: func() []Limit {
			return []Limit{{KeyHash: "88dc", KeyAlias: "ci", Model: "gpt", Requests: 5, Tokens: -1}}
		},
		Spool: func() Spool { return Spool{Files: 1, Bytes: 200, Age: 90 * time.Second, Lost: 3} },
	}
}

func TestSourcesAreAsked(t *testing.T) {
	m := New(0)
	m.Sources = everything()
	text := written(t, m)
	expect(t, text,
		`sluice_plugin_events_total{kind="guard",plugin="pii",version="1.2"} 7.0`,
		`sluice_plugin_memory_bytes{kind="guard",plugin="pii",version="1.2"} 2.097152e+06`,
		`sluice_plugin_breaker_open{kind="guard",plugin="pii",version="1.2"} 1.0`,
		`sluice_plugin_breaker_open{kind="observer",plugin="log",version="1"} 0.0`,
		`sluice_plugin_event_seconds{kind="guard",plugin="pii",quantile="0.99",version="1.2"} 0.002`,
		`sluice_plugin_event_seconds_count{kind="guard",plugin="pii",version="1.2"} 7.0`,
		`sluice_plugin_records_total{outcome="dropped",plugin="log"} 1.0`,
		`sluice_plugin_custom{metric="found",plugin="pii"} 5.0`,
		`sluice_guard_verdicts_total{guard="no pii",outcome="blocked"} 2.0`,
		`litellm_remaining_team_budget_metric{team="t1",team_alias="red"} 9.75`,
		`litellm_team_max_budget_metric{team="t1",team_alias="red"} 10.0`,
		`litellm_remaining_api_key_budget_metric{api_key_alias="None",hashed_api_key="88dc"} -1.0`,
		`litellm_api_key_max_budget_metric{api_key_alias="None",hashed_api_key="88dc"} 1.0`,
		`litellm_provider_remaining_budget_metric{api_provider="openai"} 1.0`,
		`litellm_remaining_api_key_requests_for_model{api_key_alias="ci",hashed_api_key="88dc",model="gpt"} 5.0`,
		`sluice_spool_age_seconds 90.0`, `sluice_spool_lost_calls_total 3.0`,
	)
	for _, absent := range []string{"litellm_api_key_budget_remaining_hours_metric{", "litellm_remaining_api_key_tokens_for_model{"} {
		if strings.Contains(text, absent) {
			t.Errorf("the text has %s", absent)
		}
	}
	if got := samples(text, "litellm_team_budget_remaining_hours_metric"); !strings.Contains(got, "} 167.99") && !strings.Contains(got, "} 168.0") {
		t.Error(got)
	}
	for _, name := range []string{"go_goroutines ", "go_info{", "go_gc_duration_seconds{", "process_start_time_seconds ", "sluice_build_info{"} {
		if samples(text, name) == "" {
			t.Errorf("there is no %s", name)
		}
	}
}
