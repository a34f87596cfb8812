package route

import (
	"sync"
	"testing"
	"time"
)

func TestLoad(t *testing.T) {
	var l Load
	at := time.Unix(3000, 0) // a period begins
	check := func(what string, now time.Time, inFlight, failures int, latency time.Duration) {
		t.Helper()
		if f, n, d := l.now(now); f != inFlight || n != failures || d != latency {
			t.Errorf("%s: %d in flight, %d failures, %s", what, f, n, d)
		}
	}
	check("nothing", at, 0, 0, 0)
	l.begin()
	l.begin()
	check("two", at, 2, 0, 0)
	l.End()
	l.Answered(800 * time.Millisecond)
	check("one answered", at, 1, 0, 800*time.Millisecond)
	l.Answered(1600 * time.Millisecond)
	check("slower", at, 1, 0, 900*time.Millisecond)
	l.failed(at)
	l.failed(at.Add(29 * time.Second))
	check("failures", at.Add(29*time.Second), 1, 2, 900*time.Millisecond)
	l.failed(at.Add(31 * time.Second))
	check("the period before counts", at.Add(59*time.Second), 1, 3, 900*time.Millisecond)
	check("and then no more", at.Add(61*time.Second), 1, 1, 900*time.Millisecond)
	check("long after", at.Add(time.Hour), 1, 0, 900*time.Millisecond)
}

func TestLoadUnderManyHands(t *testing.T) {
	var l Load
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 100 {
				l.begin()
				l.Answered(time.Second)
				l.Failed()
				l.End()
			}
		})
	}
	wait.Wait()
	if inFlight, _, latency := l.now(time.Now()); inFlight != 0 || latency != time.Second {
		t.Errorf("%d in flight, %s", inFlight, latency)
	}
}
