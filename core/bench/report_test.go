package main

import (
	"strings"
	"testing"
)

func rounds(perSec, cpu, p50, p99, allocs float64) []loadResult {
	r := loadResult{Requests: 100, PerSec: perSec, CPU: cpu, P50: p50, P99: p99, Timed: 100, Allocs: allocs}
	return []loadResult{r}
}

func TestWriteTable(t *testing.T) {
	rep := report{
		Environment: environment{CPU: "Test CPU", Cores: 2, Go: "go1", System: "linux/amd64", Others: 3},
		Options:     options{Rounds: 1, Seconds: 4, Conns: 64, Idle: 1000},
		Rows: []row{
			{"1 KB", targetDirect, rounds(900, 10, 20, 60, -1), rounds(0, 0, 20, 60, -1)},
			{"1 KB", targetBare, rounds(400, 20, 50, 90, 0), rounds(0, 0, 50, 90, -1)},
			{"1 KB", targetOpenAI, rounds(300, 30, 55, 95, 12.5), rounds(0, 0, 55, 95, -1)},
			{"50 KB", targetBare, rounds(40, 200, 150, 190, 1), []loadResult{{Timed: 99, P50: 150, P99: 190}}},
		},
		Idle: []idleRow{{targetBare, []idleResult{{8, 58}}}, {targetOpenAI, []idleResult{{20, 87}}}},
	}
	var b strings.Builder
	if err := rep.writeTable(&b); err != nil {
		t.Fatal(err)
	}
	want := `Test CPU, 2 cores, go1, linux/amd64; other processes used 3% of a core
1 rounds of 4s with 64 connections; latencies with 1 connection (paced: all), of streams to the first text; medians, ± half the range

       target         req/s   ±%  ×bare  CPU µs/req   ±%  ×bare  p50 µs  added  p99 µs  added  allocs/req
1 KB   mock, direct     900  0.0   2.25        10.0  0.0   0.50      20     +0      60     +0           -
1 KB   bare             400  0.0   1.00        20.0  0.0   1.00      50    +30      90    +30         0.0
1 KB   sluice-openai    300  0.0   0.75        30.0  0.0   1.50      55    +35      95    +35        12.5

50 KB  bare              40  0.0   1.00       200.0  0.0   1.00     150     +0       -      -         1.0

1000 idle streams  target         RSS MB   ±%  ×bare  RSS MB at start
                   bare             58.0  0.0   1.00              8.0
                   sluice-openai    87.0  0.0   1.50             20.0
`
	if got := b.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAddedPairsRounds(t *testing.T) {
	base := []loadResult{{P50: 10}, {P50: 100}, {P50: 10}}
	slow := []loadResult{{P50: 15}, {P50: 104}, {P50: 13}}
	if got := added(slow, base, p50); got != 4 {
		t.Errorf("got %g, want 4: the median of 5, 4 and 3", got)
	}
}

func TestRatioWithoutBase(t *testing.T) {
	if got := ratio([]float64{1}, nil); got != "-" {
		t.Errorf("got %q, want a dash", got)
	}
}

func TestParseOptions(t *testing.T) {
	for args, wantErr := range map[string]string{
		"-only bare":                      "",
		"-only bare -rounds 21":           "-rounds must be 1 to 20",
		"-only bare -seconds 0":           "-seconds must be 1 to 60",
		"-only bare -c 5000":              "-c must be 1 to 4096",
		"-only bare -gap 0":               "-gap must be 1 to 1000",
		"-only nginx":                     `no target or part is called "nginx"`,
		"-only host,bare":                 "",
		"-only guards -sluice no/such":    "no gateway to measure",
		"-only bare extra":                `unexpected argument "extra"`,
		"-sluice no/such/file":            "no gateway to measure",
		"-only bare -sluice no/such -c 1": "",
	} {
		_, err := parseOptions(strings.Fields(args))
		if (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("%s: got %v, want %q", args, err, wantErr)
		}
	}
}
