package core_test

import (
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

func at(text string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", text)
	if err != nil {
		panic(err)
	}
	return t
}

func TestWindow(t *testing.T) {
	for _, c := range []struct{ period, start, now, want, next string }{
		{"30s", "2026-01-01 00:00", "2026-01-01 00:00", "2026-01-01 00:00", ""},
		{"5m", "2026-01-01 00:00", "2026-01-01 00:14", "2026-01-01 00:10", "2026-01-01 00:15"},
		{"1d", "2026-01-01 12:00", "2026-01-03 11:59", "2026-01-02 12:00", "2026-01-03 12:00"},
		{"1w", "2026-01-01 12:00", "2026-01-08 12:00", "2026-01-08 12:00", "2026-01-15 12:00"},
		{"1mo", "2026-01-31 12:00", "2026-02-27 12:00", "2026-01-31 12:00", "2026-02-28 12:00"},
		{"1mo", "2026-01-31 12:00", "2026-02-28 12:00", "2026-02-28 12:00", ""},
		{"1mo", "2026-01-31 12:00", "2026-03-31 11:00", "2026-02-28 12:00", ""},
		{"3mo", "2026-01-15 00:00", "2026-09-01 00:00", "2026-07-15 00:00", "2026-10-15 00:00"},
		{"12mo", "2024-02-29 00:00", "2026-02-28 00:00", "2026-02-28 00:00", "2027-02-28 00:00"},
		{"1mo", "2026-05-01 00:00", "2026-04-01 00:00", "2026-05-01 00:00", "2026-06-01 00:00"},
	} {
		p, err := core.ParsePeriod(c.period)
		if err != nil {
			t.Fatal(err)
		}
		got := p.Window(at(c.start), at(c.now))
		if !got.Equal(at(c.want)) {
			t.Errorf("%s from %s: at %s the window began %s, want %s", c.period, c.start, c.now, got, c.want)
		}
		if c.next != "" && !p.After(got).Equal(at(c.next)) {
			t.Errorf("%s after %s is %s, want %s", c.period, got, p.After(got), c.next)
		}
	}
}

func TestPeriodsThatAreNone(t *testing.T) {
	for _, text := range []string{"", "d", "1", "0d", "-1d", "+1d", "1.5h", "1y", "1 d", "99999999999999999999d", "1201mo", "40000d", "mo"} {
		if p, err := core.ParsePeriod(text); err == nil {
			t.Errorf("%q is %v", text, p)
		}
	}
}
