// Package sink tells observer plugins of exchanges that are over, off the request path.
package sink

import (
	"log/slog"
	"sync"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/upstream"
)

// Observer is a plugin and what it is told of.
type Observer struct {
	Plugin           *guest.Plugin
	Success, Failure bool
}

// queueLength is how many records wait for an observer before further ones are dropped.
const queueLength = 1024

// Observers are the observers of one configuration. A nil *Observers observes nothing. They are safe for concurrent use.
type Observers struct {
	list             []*queue
	success, failure bool // whether anybody hears of them
	over             upstream.Canceller
}

// New starts the workers of each observer. Close ends them.
func New(log *slog.Logger, observers ...Observer) *Observers {
	return start(log, queueLength, observers)
}

func start(log *slog.Logger, length int, observers []Observer) *Observers {
	o := &Observers{}
	for _, b := range observers {
		q := &queue{Observer: b, log: log, records: make(chan *record, length), over: &o.over}
		o.list = append(o.list, q)
		o.success, o.failure = o.success || b.Success, o.failure || b.Failure
		q.start()
	}
	return o
}

// End is how an exchange ended.
type End struct {
	Error    *core.Error // nil = well
	Duration time.Duration
	Cost     float64 // in USD
	Priced   bool    // the cost is known
}

// Wants reports whether anybody hears of exchanges that failed, or of those that did not.
func (o *Observers) Wants(failed bool) bool {
	return o != nil && (failed && o.failure || !failed && o.success)
}

// Record queues what is to be told of an exchange that is over. It never waits: where a queue is full the record is dropped and
// counted.
func (o *Observers) Record(x *core.Exchange, end End) {
	failed := end.Error != nil
	if !o.Wants(failed) {
		return
	}
	r := newRecord(x, end)
	for _, q := range o.list {
		if failed && q.Failure || !failed && q.Success {
			q.add(r)
		}
	}
	r.release()
}

// Stats tells what became of an observer's records.
type Stats struct {
	Name string
	// Recorded were handled. Dropped were not: their queue was full, or the time to hand them out was over. Failed ended in an
	// error of the plugin.
	Recorded, Dropped, Failed int64
}

// Stats lists the observers' counts, in the order of New.
func (o *Observers) Stats() []Stats {
	if o == nil {
		return nil
	}
	list := make([]Stats, len(o.list))
	for i, q := range o.list {
		list[i] = Stats{q.Plugin.Name, q.recorded.Load(), q.dropped.Load(), q.failed.Load()}
	}
	return list
}

// Close hands out what is queued, for as long as patience, and ends the workers. Nothing may be recorded after it.
func (o *Observers) Close(patience time.Duration) {
	if o == nil {
		return
	}
	var work sync.WaitGroup
	for _, q := range o.list {
		close(q.records)
		work.Go(q.work.Wait)
	}
	end := time.AfterFunc(patience, func() { o.over.Cancel(errOver) })
	defer end.Stop()
	work.Wait()
}
