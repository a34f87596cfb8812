package sink

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
)

// record is what observers are told of an exchange. They share it.
type record struct {
	json    []byte
	x       core.Exchange // of it, what plugins may ask for
	holders atomic.Int32
}

var records = sync.Pool{New: func() any { return new(record) }}

// keepBytes is the largest record whose memory is kept.
const keepBytes = 16 << 10

func newRecord(x *core.Exchange, end End) *record {
	r := records.Get().(*record)
	r.json = appendRecord(r.json[:0], x, end)
	r.x = core.Exchange{Endpoint: x.Endpoint, CallID: x.CallID, Model: x.Model, Stream: x.Stream, Principal: x.Principal, EndUser: x.EndUser}
	r.holders.Store(1)
	return r
}

func (r *record) release() {
	if r.holders.Add(-1) > 0 {
		return
	}
	if cap(r.json) > keepBytes {
		r.json = nil
	}
	r.x = core.Exchange{}
	records.Put(r)
}

// queue is an observer with the records that wait for it.
type queue struct {
	Observer
	log     *slog.Logger
	records chan *record
	over    *upstream.Canceller
	work    sync.WaitGroup

	recorded, dropped, failed atomic.Int64
	complained                atomic.Int64 // when, in Unix seconds
}

// parallelCalls is how many records are handled at once by an observer that calls a service for them: each may wait for
// its reply.
const parallelCalls = 16

func (q *queue) start() {
	workers := 1
	if len(q.Plugin.Upstreams) > 0 {
		workers = parallelCalls
	}
	for range workers {
		q.work.Go(q.handle)
	}
}

func (q *queue) add(r *record) {
	r.holders.Add(1)
	select {
	case q.records <- r:
	default:
		q.dropped.Add(1)
		r.release()
	}
}

var errOver = errors.New("the gateway does not wait for the observer any longer")

func (q *queue) handle() {
	var a guest.Asker
	for r := range q.records {
		if q.over.Err() != nil {
			q.dropped.Add(1)
		} else if err := q.tell(&a, r); err != nil {
			q.failed.Add(1)
			q.complain(err)
		} else {
			q.recorded.Add(1)
		}
		r.release()
	}
}

func (q *queue) tell(a *guest.Asker, r *record) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	defer a.Close()
	a.Question = append(a.Question[:0], r.json...)
	return a.Tell(q.Plugin, hostabi.EventRecord, &r.x, q.over)
}

// complainEvery keeps an observer that fails from filling the log, in seconds.
const complainEvery = 10

func (q *queue) complain(err error) {
	now, last := time.Now().Unix(), q.complained.Load()
	if now-last >= complainEvery && q.complained.CompareAndSwap(last, now) {
		q.log.Warn("observer failed", "plugin", q.Plugin.Name, "why", err, "failed", q.failed.Load(), "dropped", q.dropped.Load())
	}
}
