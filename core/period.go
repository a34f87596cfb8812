package core

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Period is a length of time as LiteLLM writes it: 30s, 5m, 2h, 7d, 1w, 1mo.
type Period struct {
	Span   time.Duration
	Months int
}

var errPeriod = errors.New("must be a whole number above 0 and a unit: s, m, h, d, w or mo, as in 30d")

var units = []struct {
	suffix string
	span   time.Duration
}{{"mo", 0}, {"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}, {"w", 7 * 24 * time.Hour}}

// ParsePeriod reads a period of at most a hundred years.
func ParsePeriod(text string) (Period, error) {
	for _, u := range units {
		digits, ok := strings.CutSuffix(text, u.suffix)
		if !ok {
			continue
		}
		n, err := strconv.Atoi(digits)
		const longest = 100 * 366 * 24 * time.Hour
		switch {
		case err != nil || n <= 0 || digits[0] == '+':
			return Period{}, errPeriod
		case u.span == 0 && n <= 1200:
			return Period{Months: n}, nil
		case u.span > 0 && n <= int(longest/u.span):
			return Period{Span: time.Duration(n) * u.span}, nil
		}
		return Period{}, errors.New("is longer than a hundred years")
	}
	return Period{}, errPeriod
}

// After returns the moment that lies a period after t. The month after January 31 ends with February.
func (p Period) After(t time.Time) time.Time {
	if p.Months == 0 {
		return t.Add(p.Span)
	}
	return p.months(t, p.Months)
}

func (p Period) months(t time.Time, n int) time.Time {
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), t.Location())
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1)
}

// Window returns the start of that period which now lies in, when the first began at start.
func (p Period) Window(start, now time.Time) time.Time {
	if !now.After(start) {
		return start
	}
	if p.Months == 0 {
		return start.Add(now.Sub(start) / p.Span * p.Span)
	}
	n := (now.Year()-start.Year())*12 + int(now.Month()) - int(start.Month())
	n -= n % p.Months
	for p.months(start, n).After(now) {
		n -= p.Months
	}
	return p.months(start, n)
}
