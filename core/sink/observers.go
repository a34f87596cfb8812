// Package sink hands records of finished exchanges to observer plugins, off the request path.
package sink

import (
	"log/slog"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
)

// Observers are the observer plugins of one configuration. A nil *Observers observes nothing. They are safe for
// concurrent use.
type Observers struct{}

// Stats tells what became of an observer's records.
type Stats struct {
	Name                      string
	Recorded, Dropped, Failed int64 // handled; not taken because the queue was full; met by an error
}

// New starts a worker for each plugin. Close ends them.
func New(log *slog.Logger, plugins ...*guest.Plugin) *Observers { return nil }

// Record queues what is to be told of an exchange that is over. e is how it failed, nil when it did not. cost is in USD; priced
// is false when it is not known. It never waits.
func (o *Observers) Record(x *core.Exchange, e *core.Error, cost float64, priced bool) {}

// Stats lists the observers' counts.
func (o *Observers) Stats() []Stats { return nil }

// Close hands out what is queued, for as long as patience, and ends the workers. Nothing may be recorded after it.
func (o *Observers) Close(patience time.Duration) {}
