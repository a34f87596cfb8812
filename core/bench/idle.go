package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// idleResult is the memory of a target, in MB of resident set.
type idleResult struct {
	Before float64 `json:"rss_mb_before"` // just started; a runtime gives memory back later, so no base to subtract
	During float64 `json:"rss_mb_during"` // the greatest seen while all streams were open
}

// idleStreams holds many streams open on one target.
type idleStreams struct {
	spec   loadSpec
	events atomic.Int64
	began  chan struct{} // one per stream that had its first event
	failed chan error
}

// runIdle opens spec.Conns streams, waits until each had an event, watches memory for the window and cuts them. It
// fails when a stream ended before, or when events stopped coming.
func runIdle(ctx context.Context, spec loadSpec) (idleResult, error) {
	before, err := readTree(spec.Watch)
	if err != nil {
		return idleResult{}, err
	}
	s := &idleStreams{spec: spec, began: make(chan struct{}, spec.Conns), failed: make(chan error, spec.Conns)}
	request, deadline := spec.request(), time.Now().Add(spec.Window+time.Minute)
	open, cut := context.WithCancel(ctx)
	var streams sync.WaitGroup
	for range spec.Conns {
		streams.Go(func() { s.failed <- s.hold(open, request, deadline) })
	}
	during, err := s.watch(ctx)
	cut()
	streams.Wait()
	return idleResult{Before: megabytes(before.rss), During: megabytes(during)}, err
}

// hold reads a stream until ctx ends, which closes the connection under it.
func (s *idleStreams) hold(ctx context.Context, request []byte, deadline time.Time) error {
	c, err := dial(s.spec.Addr, deadline)
	if err != nil {
		return err
	}
	defer context.AfterFunc(ctx, func() { c.conn.Close() })()
	defer c.conn.Close()
	if err := c.openStream(request); err != nil {
		return err
	}
	for n := 0; ; n++ {
		if _, err := c.nextEvent(); errors.Is(err, io.EOF) {
			return errors.New("an idle stream ended early")
		} else if err != nil {
			return err
		}
		s.events.Add(1)
		if n == 0 {
			s.began <- struct{}{}
		}
	}
}

func (s *idleStreams) watch(ctx context.Context) (rss int64, err error) {
	opening := time.After(30 * time.Second)
	for open := range s.spec.Conns {
		select {
		case <-s.began:
		case err := <-s.failed:
			return 0, fmt.Errorf("with %d streams open: %w", open, err)
		case <-opening:
			return 0, fmt.Errorf("only %d streams had an event within 30s", open)
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
	return s.greatestRSS(ctx)
}

// greatestRSS wants half of the events that were due in the window: the mock sends one per second and stream.
func (s *idleStreams) greatestRSS(ctx context.Context) (rss int64, err error) {
	had := s.events.Load()
	end := time.After(s.spec.Window)
	each := time.NewTicker(250 * time.Millisecond)
	defer each.Stop()
	for {
		select {
		case <-each.C:
			tree, err := readTree(s.spec.Watch)
			if err != nil {
				return 0, err
			}
			rss = max(rss, tree.rss)
		case err := <-s.failed:
			return 0, err
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-end:
			due := int64(s.spec.Window.Seconds() * float64(s.spec.Conns))
			if came := s.events.Load() - had; came < due/2 {
				return 0, fmt.Errorf("idle streams stalled: %d events came, %d were due", came, due)
			}
			return rss, nil
		}
	}
}

func megabytes(n int64) float64 { return float64(n) / (1 << 20) }
