package limit

import (
	"context"
	"time"

	"github.com/redis/rueidis"
)

// follow settles what is to be settled, renews leases and finds Redis again, until the limiter is closed.
func (s *shared) follow() {
	renew := time.NewTicker(s.Lease / 3)
	defer renew.Stop()
	defer s.leave()
	for {
		k := s.link.Load()
		pause := (<-chan time.Time)(nil)
		ready := s.postings.ready
		if k == nil && !s.connect() {
			pause, ready = time.After(tryAgain), nil
		}
		select {
		case <-s.stop:
			return
		case <-s.away:
		case <-pause:
		case <-ready:
			s.settle(s.link.Load())
		case <-renew.C:
			s.renew(s.link.Load())
		}
	}
}

// connect finds out whether Redis answers. What it missed comes before anybody asks it again.
func (s *shared) connect() bool {
	ctx, stop := context.WithTimeout(context.Background(), tryAgain)
	defer stop()
	var err error
	if s.client == nil {
		if s.client, err = rueidis.NewClient(s.Client); err != nil {
			s.client = nil // it is an interface that holds nil
		}
	}
	if err == nil {
		err = s.probe(ctx)
	}
	if err != nil {
		s.miss(err)
		return false
	}
	k := &link{client: s.client}
	k.ctx, k.end = context.WithCancel(context.Background())
	if !s.settleAll(k, ctx) {
		k.end()
		return false
	}
	s.link.Store(k)
	s.Log.Info("limits and budgets are shared through Redis")
	return true
}

// probe fails unless scripts can write: a Redis that is full or only reads is of no use.
func (s *shared) probe(ctx context.Context) error {
	key := s.Prefix + ":probe:" + s.instance
	return forgetScript.Exec(ctx, s.client, []string{key, key + ":hash", key + ":leases"}, []string{decimal(tryAgain.Milliseconds())}).Error()
}

// miss tells once that Redis was not there from the beginning.
func (s *shared) miss(err error) {
	if s.client == nil && !s.warned {
		s.Log.Warn("Redis can't be reached: limits and budgets hold for this instance alone until it can", "error", err.Error())
	}
	s.warned = true
}

// leave settles what there is and closes the connection.
func (s *shared) leave() {
	s.watch.Stop()
	k := s.link.Swap(nil)
	if k != nil && !s.drop.Load() {
		ctx, stop := context.WithTimeout(context.Background(), time.Second)
		s.settleAll(k, ctx)
		stop()
	}
	if k != nil {
		k.end()
	}
	if s.client != nil {
		s.client.Close()
	}
}
