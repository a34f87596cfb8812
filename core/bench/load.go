package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// loadSpec is one measurement of one target, as the runner hands it to the load role.
type loadSpec struct {
	Addr   string // host:port, loopback
	Model  string // carries the mock's settings
	Prompt int    // bytes of a request body
	Stream bool
	Idle   bool // hold Conns streams open and watch memory
	Conns  int
	Warmup time.Duration // before the window
	Window time.Duration
	Watch  int // pid whose process tree is accounted
}

// loadMain runs the measurement that spec holds as JSON and prints its result as JSON.
func loadMain(ctx context.Context, spec string) error {
	var s loadSpec
	if err := json.Unmarshal([]byte(spec), &s); err != nil {
		return fmt.Errorf("reading the measurement: %w", err)
	}
	if err := requireLoopback(s.Addr); err != nil {
		return err
	}
	debug.SetGCPercent(400)
	var result any
	var err error
	if s.Idle {
		result, err = runIdle(ctx, s)
	} else {
		result, err = runLoad(ctx, s)
	}
	if err != nil {
		return fmt.Errorf("load on %s with %s: %w", s.Addr, s.Model, err)
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// loadResult is what one window held.
type loadResult struct {
	Requests int64   `json:"requests"`
	PerSec   float64 `json:"per_second"`
	CPU      float64 `json:"cpu_us_per_request"` // of the watched process tree
	P50      float64 `json:"p50_us"`             // of a whole answer; of a stream's first text
	P99      float64 `json:"p99_us"`
	Timed    int     `json:"latency_samples"`
	Allocs   float64 `json:"allocs_per_request"` // -1: the target does not tell
}

const (
	warming int32 = iota
	measuring
	finished
)

// generator is a closed loop: each connection sends again as soon as it was answered.
type generator struct {
	spec    loadSpec
	request []byte
	events  int // least number of events of a whole stream
	phase   atomic.Int32
	done    atomic.Int64
	failed  chan error
	samples [][]time.Duration // per connection
}

// runLoad measures one window. The first wrong answer ends it with an error: a figure over failures means nothing.
func runLoad(ctx context.Context, spec loadSpec) (loadResult, error) {
	s, err := parseSettings(spec.Model)
	if err != nil {
		return loadResult{}, err
	}
	g := &generator{
		spec:    spec,
		request: spec.request(),
		events:  s.events + 1, // and [DONE]
		failed:  make(chan error, spec.Conns),
		samples: make([][]time.Duration, spec.Conns),
	}
	deadline := time.Now().Add(spec.Warmup + spec.Window + 30*time.Second)
	var workers sync.WaitGroup
	for i := range spec.Conns {
		workers.Go(func() {
			// Spread over the warm-up, or the connections march in step.
			time.Sleep(spec.Warmup * time.Duration(i) / time.Duration(spec.Conns))
			if err := g.work(i, deadline); err != nil {
				g.failed <- err
			}
		})
	}
	res, err := g.measure(ctx)
	g.phase.Store(finished)
	workers.Wait()
	if err != nil {
		return res, err
	}
	select {
	case err := <-g.failed:
		return res, err
	default:
	}
	all := slices.Concat(g.samples...)
	slices.Sort(all)
	res.Timed = len(all)
	res.P50, res.P99 = microseconds(percentile(all, 0.50)), microseconds(percentile(all, 0.99))
	return res, nil
}

func (g *generator) work(id int, deadline time.Time) error {
	c, err := dial(g.spec.Addr, deadline)
	if err != nil {
		return err
	}
	defer c.conn.Close()
	for g.phase.Load() != finished {
		start := time.Now()
		took, err := g.once(c, start)
		if err != nil {
			return err
		}
		g.done.Add(1)
		if g.phase.Load() == measuring {
			g.samples[id] = append(g.samples[id], took)
		}
	}
	return nil
}

func (g *generator) once(c *client, start time.Time) (time.Duration, error) {
	if g.spec.Stream {
		return readStream(c, g.request, g.events, start)
	}
	_, err := c.exchange(g.request)
	return time.Since(start), err
}

// readStream returns the time to the first text of a stream that had at least the given number of events. What comes
// before the text does not count: wires differ in it, and some gateways hold it back until there is text.
func readStream(c *client, request []byte, least int, start time.Time) (first time.Duration, err error) {
	if err := c.openStream(request); err != nil {
		return 0, err
	}
	count, done := 0, false
	for {
		data, err := c.nextEvent()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
		if first == 0 && bytes.Contains(data, textEnd) {
			first = time.Since(start)
		}
		count++
		done = string(data) == "[DONE]"
	}
	if !done || count < least || first == 0 {
		return 0, fmt.Errorf("stream of %d events, want at least %d; text after %v; ended by [DONE]: %t", count, least, first, done)
	}
	return first, nil
}

// reading is the state of the counters at one end of the window.
type reading struct {
	at      time.Time
	done    int64
	cpu     time.Duration
	mallocs int64
	tells   bool
}

func (g *generator) measure(ctx context.Context) (loadResult, error) {
	if err := g.pause(ctx, g.spec.Warmup); err != nil {
		return loadResult{}, err
	}
	from, err := g.read()
	if err != nil {
		return loadResult{}, err
	}
	g.phase.Store(measuring)
	if err := g.pause(ctx, g.spec.Window); err != nil {
		return loadResult{}, err
	}
	to, err := g.read()
	if err != nil {
		return loadResult{}, err
	}
	return to.since(from)
}

func (g *generator) pause(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case err := <-g.failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// read takes CPU time and the count of answers at one moment; a reading that was interrupted is taken anew.
func (g *generator) read() (r reading, err error) {
	r.mallocs, r.tells = fetchMallocs(g.spec.Addr)
	tree, err := findTree(g.spec.Watch)
	if err != nil {
		return r, err
	}
	for range 20 {
		start := time.Now()
		sum, err := readProcesses(tree)
		if err != nil {
			return r, err
		}
		r.cpu, r.done, r.at = sum.cpu, g.done.Load(), time.Now()
		if r.at.Sub(start) < time.Millisecond {
			break
		}
	}
	return r, nil
}

func (r reading) since(from reading) (loadResult, error) {
	n := r.done - from.done
	if n == 0 {
		return loadResult{}, errors.New("nothing was answered in the window")
	}
	res := loadResult{
		Requests: n,
		PerSec:   float64(n) / r.at.Sub(from.at).Seconds(),
		CPU:      microseconds(r.cpu-from.cpu) / float64(n),
		Allocs:   -1,
	}
	if r.tells && from.tells {
		res.Allocs = float64(r.mallocs-from.mallocs) / float64(n)
	}
	return res, nil
}
