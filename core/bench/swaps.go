package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// swapsPerRound is how often a plugin is replaced for each figure.
const swapsPerRound = 4

// swapWithin bounds the wait for a new version.
const swapWithin = 120 * time.Second

// swapping is a gateway whose guard is replaced.
type swapping struct {
	server   *child
	file     string
	base     []byte
	editions int // made so far
}

// measureSwaps replaces the guard of a gateway again and again: idle, for the time and the CPU, and beside requests, for
// what they feel of it. A request that fails ends the run.
func (r *runner) measureSwaps(ctx context.Context) ([]figure, error) {
	folder, err := r.pluginsFolder(ctx)
	if err != nil {
		return nil, err
	}
	s := &swapping{file: filepath.Join(folder, "shout.wasm")}
	if s.base, err = os.ReadFile(s.file); err != nil {
		return nil, err
	}
	if s.server, err = startSluice(ctx, r.dir, r.opts.Sluice, r.guardConfig("pre_call"), "--plugins", folder); err != nil {
		return nil, err
	}
	defer s.server.stop()
	latencies := figure{Name: "slowest request of a guard, no swap", Unit: "ms"}
	beside := figure{Name: "slowest request beside swaps", Unit: "ms", Prototype: 8.6}
	p99s := figure{Name: "p99 of requests, no swap", Unit: "ms"}
	besideP99 := figure{Name: "p99 of requests beside swaps", Unit: "ms"}
	fresh := swapFigures("never seen before", 1500)
	known := swapFigures("compiled before", 0)
	times := swapsPerRound
	if r.opts.Quick {
		times = 1
	}
	for round := range r.opts.Rounds {
		progress("round %d/%d  swaps", round+1, r.opts.Rounds)
		for range times {
			if err := errors.Join(s.swap(ctx, s.edition(s.editions+1), fresh), s.swap(ctx, s.edition(s.editions-1), known)); err != nil {
				return nil, fmt.Errorf("swap: %w\n%s", err, s.server.logTail())
			}
		}
		quiet, err := r.beside(ctx, s, func() error { return sleep(ctx, time.Duration(times)*r.opts.window()/2) })
		if err != nil {
			return nil, err
		}
		busy, err := r.beside(ctx, s, func() error {
			for range times {
				if err := s.swap(ctx, s.edition(s.editions+1), nil); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		latencies.add(percentile(quiet, 1))
		p99s.add(percentile(quiet, 0.99))
		beside.add(percentile(busy, 1))
		besideP99.add(percentile(busy, 0.99))
	}
	return append(append(fresh, known...), latencies, beside, p99s, besideP99), nil
}

func (f *figure) add(d time.Duration) { f.Samples = append(f.Samples, milliseconds(d)) }

func swapFigures(what string, prototype float64) []figure {
	return []figure{
		{Name: "a module " + what + " serves after", Unit: "ms", Prototype: prototype},
		{Name: "the same", Unit: "ms CPU"},
	}
}

// edition is the guard with a custom section behind it that makes it another module; 0 is the guard itself. The highest
// number so far counts as made.
func (s *swapping) edition(n int) []byte {
	if n == 0 {
		return s.base
	}
	s.editions = max(s.editions, n)
	section := fmt.Appendf([]byte{5}, "bench%08d", n)
	return append(append(slices.Clip(s.base), 0, byte(len(section))), section...)
}

// swap puts a module in the place of the one that serves and waits until it does; the times go into figures, if any.
func (s *swapping) swap(ctx context.Context, wasm []byte, figures []figure) error {
	before, err := readTree(s.server.pid())
	if err != nil {
		return err
	}
	began := time.Now()
	if err := os.WriteFile(s.file+".new", wasm, 0o600); err != nil {
		return err
	}
	if err := os.Rename(s.file+".new", s.file); err != nil {
		return err
	}
	if err := s.await(ctx, wasm); err != nil {
		return err
	}
	took := time.Since(began)
	after, err := readTree(s.server.pid())
	if err != nil || figures == nil {
		return err
	}
	figures[0].add(took)
	figures[1].add(after.cpu - before.cpu)
	return nil
}

func (s *swapping) await(ctx context.Context, wasm []byte) error {
	sum := sha256.Sum256(wasm)
	want, limit := hex.EncodeToString(sum[:]), time.Now().Add(swapWithin)
	for {
		list, err := plugins(s.server.addr)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(list, func(p pluginState) bool { return p.Name == "shout" })
		switch {
		case i >= 0 && list[i].SHA256 == want:
			return nil
		case i >= 0 && list[i].Error != "":
			return fmt.Errorf("the new version was not taken: %s", list[i].Error)
		case time.Now().After(limit):
			return fmt.Errorf("the new version does not serve after %v", swapWithin)
		}
		if err := sleep(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

// beside sends requests one after the other while work runs, and returns how long they took, the slowest last.
func (r *runner) beside(ctx context.Context, s *swapping, work func() error) ([]time.Duration, error) {
	gateway := target{targetKinds[targetOpenAI], "", s.server}
	spec := r.spec(gateway, r.opts.workloads()[0])
	c, err := dial(spec.Addr, time.Now().Add(r.opts.limit()))
	if err != nil {
		return nil, err
	}
	defer c.conn.Close()
	over := make(chan struct{})
	took, failed := []time.Duration(nil), make(chan error, 1)
	go func() {
		took, err = requests(ctx, c, spec.request(), over)
		failed <- err
	}()
	worked := work()
	close(over)
	if err := errors.Join(worked, <-failed); err != nil {
		return nil, fmt.Errorf("requests beside swaps: %w\n%s", err, s.server.logTail())
	}
	slices.Sort(took)
	return took, nil
}

// requests sends until over is closed.
func requests(ctx context.Context, c *client, request []byte, over <-chan struct{}) (took []time.Duration, err error) {
	for {
		select {
		case <-over:
			return took, nil
		case <-ctx.Done():
			return took, ctx.Err()
		default:
		}
		began := time.Now()
		if _, err := c.exchange(request); err != nil {
			return took, err
		}
		took = append(took, time.Since(began))
	}
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
