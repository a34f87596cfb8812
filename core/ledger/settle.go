package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// Settler writes a batch of calls to the store, all or nothing. A batch with an id that was written before is written
// no second time, and is no error.
type Settler interface {
	Settle(ctx context.Context, id string, calls []core.Spend) error
}

// Settle carries the spool to the store until ctx ends: what has waited for interval, or fills a file. After ctx has ended
// it tries once more, for at most patience.
func (s *Spool) Settle(ctx context.Context, to Settler, interval, patience time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	failing := false
	for {
		select {
		case <-ctx.Done():
			last, stop := context.WithTimeout(context.WithoutCancel(ctx), patience)
			defer stop()
			if err := s.Flush(last, to); err != nil {
				s.log.Warn("what calls cost is not all in the database: it will be after the next start", "error", err.Error())
			}
			return
		case <-ticker.C:
		}
		err := s.settle(ctx, to, time.Now().Add(-interval/2))
		if err != nil && !failing && ctx.Err() == nil {
			s.log.Error("what calls cost can't be written to the database: it waits in the spool", "error", err.Error())
		}
		if err == nil && failing {
			s.log.Info("what calls cost is written to the database again")
		}
		failing = err != nil
	}
}

// Flush settles everything that is in the spool now. It waits until what is being settled is.
func (s *Spool) Flush(ctx context.Context, to Settler) error {
	return s.settle(ctx, to, time.Now().Add(time.Hour))
}

func (s *Spool) settle(ctx context.Context, to Settler, before time.Time) error {
	select {
	case s.settling <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.settling }()
	failed := s.unload()
	if err := s.rotate(before); err != nil {
		return errors.Join(failed, err)
	}
	files, err := s.waiting()
	if err != nil {
		return errors.Join(failed, err)
	}
	for _, name := range files {
		if ctx.Err() != nil {
			return errors.Join(failed, ctx.Err())
		}
		if err := s.settleFile(ctx, to, name); err != nil {
			// One batch that the store refuses must not hold up those behind it.
			failed = errors.Join(failed, err)
		}
	}
	return failed
}

// settleFile writes a file as one batch and removes it. Killed between the two, the next process does it again: the
// batch has the file's name, so the store knows it.
func (s *Spool) settleFile(ctx context.Context, to Settler, name string) error {
	path := filepath.Join(s.dir, name)
	content, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	calls, bad, err := readRecords(content)
	if err != nil {
		s.log.Warn("a call was being written to the spool when the gateway was killed", "file", name, "whole", len(calls))
	}
	if err := s.setAside(name, bad); err != nil {
		return err
	}
	if len(calls) > 0 {
		if err := to.Settle(ctx, strings.TrimSuffix(name, fullSuffix), calls); err != nil {
			return err
		}
	}
	return os.Remove(path)
}

// badSuffix marks files of records that could not be read: somebody has to look at them.
const badSuffix = ".bad"

func (s *Spool) setAside(name string, bad [][]byte) error {
	if len(bad) == 0 {
		return nil
	}
	path := filepath.Join(s.dir, strings.TrimSuffix(name, fullSuffix)+badSuffix)
	s.log.Error("calls in the spool can't be read: they are set aside", "file", path, "calls", len(bad))
	return os.WriteFile(path, slices.Concat(bad...), 0o600)
}

// Backlog tells how much waits: files, bytes, also those in memory, and since when.
func (s *Spool) Backlog() (files int, bytes int64, oldest time.Time) {
	bytes = s.held.size()
	entries, _ := os.ReadDir(s.dir)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && e.Name() != lockFile {
			files++
			bytes += info.Size()
			if oldest.IsZero() || info.ModTime().Before(oldest) {
				oldest = info.ModTime()
			}
		}
	}
	return files, bytes, oldest
}
