package main

import (
	"errors"
	"testing"
	"time"
)

func TestParseSettings(t *testing.T) {
	for _, c := range []struct {
		model string
		want  settings
		err   error
	}{
		{"mock", settings{events: 50, size: 1024}, nil},
		{"openai/mock", settings{events: 50, size: 1024}, nil},
		{"a/b/mock-n3", settings{events: 3, size: 1024}, nil},
		{"mock-d1000-n50-g20-s4096", settings{time.Second, 50, 20 * time.Millisecond, 4096}, nil},
		{"mock-n0", settings{size: 1024}, nil},
		{"mock-s1048576", settings{events: 50, size: maxSetting}, nil},
		{"mock-s1048577", settings{}, errModel},
		{"", settings{}, errModel},
		{"gpt-4o", settings{}, errModel},
		{"mocking", settings{}, errModel},
		{"mock/gpt", settings{}, errModel},
		{"mock-", settings{}, errModel},
		{"mock-n", settings{}, errModel},
		{"mock-n-3", settings{}, errModel},
		{"mock-n+3", settings{}, errModel},
		{"mock-x3", settings{}, errModel},
		{"mock-n99999999999999999999", settings{}, errModel},
	} {
		got, err := parseSettings(c.model)
		if got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%q: got %+v, %v; want %+v, %v", c.model, got, err, c.want, c.err)
		}
	}
}

func FuzzParseSettings(f *testing.F) {
	f.Add("openai/mock-d1000-n50-g20-s4096")
	f.Add("mock--")
	f.Fuzz(func(t *testing.T, model string) {
		s, err := parseSettings(model)
		if err != nil && s != (settings{}) {
			t.Errorf("%q: settings %+v beside the error %v", model, s, err)
		}
		longest := maxSetting * time.Millisecond
		if s.delay < 0 || s.delay > longest || s.gap < 0 || s.gap > longest ||
			s.events < 0 || s.events > maxSetting || s.size < 0 || s.size > maxSetting {
			t.Errorf("%q: out of bounds: %+v", model, s)
		}
	})
}
