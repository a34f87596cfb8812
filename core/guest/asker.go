package guest

import (
	"errors"
	"fmt"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Asker puts one document to a plugin and reads its answer, which is all that observers, routers and auth plugins do.
// The zero value is ready; after Close it can be used again. It is not safe for concurrent use.
type Asker struct {
	Context
	// Question is the document that Ask sends, JSON. Its memory is kept.
	Question         []byte
	question, answer tape.Doc
}

// Ask sends the question and returns the answer, valid until Close: nil when the plugin passed, or failed the exchange, which
// Failure tells. Any other outcome is an error: the plugin could not run. Close must follow.
func (a *Asker) Ask(p *Plugin, event hostabi.Event, x *core.Exchange, cancel *upstream.Canceller) (*tape.Doc, error) {
	result, err := a.send(p, event, x, cancel)
	switch {
	case err != nil:
		return nil, err
	case a.Failure != nil || result == hostabi.Pass:
		return nil, nil
	case len(a.Body) == 0:
		return nil, fmt.Errorf("plugin %s: %w", p.Name, errNoAnswer)
	}
	if err := a.answer.Scan(a.Body); err != nil {
		return nil, fmt.Errorf("answer of plugin %s: %w", p.Name, err)
	}
	return &a.answer, nil
}

// Tell is Ask for a plugin that has nothing to answer: one that fails the exchange could not run.
func (a *Asker) Tell(p *Plugin, event hostabi.Event, x *core.Exchange, cancel *upstream.Canceller) error {
	_, err := a.send(p, event, x, cancel)
	if err == nil && a.Failure != nil {
		err = fmt.Errorf("plugin %s: %s", p.Name, a.Failure.Message)
	}
	return err
}

func (a *Asker) send(p *Plugin, event hostabi.Event, x *core.Exchange, cancel *upstream.Canceller) (hostabi.Result, error) {
	if err := a.question.Scan(a.Question); err != nil {
		return 0, fmt.Errorf("ask plugin %s: %w", p.Name, err)
	}
	a.Open(p, x, nil, cancel)
	h := hostabi.Header{Endpoint: uint32(x.Endpoint)}
	return a.Send(event, &h, &a.question)
}

var errNoAnswer = errors.New("it neither answered nor passed")

// keepBytes is the largest buffer that is kept for the next question.
const keepBytes = 64 << 10

// Close ends the exchange for the plugin.
func (a *Asker) Close() {
	a.Context.Close()
	if cap(a.Question) > keepBytes {
		a.Question = nil
	}
	for _, d := range []*tape.Doc{&a.question, &a.answer} {
		if d.Reset(); cap(d.Nodes)*tape.NodeSize > keepBytes {
			d.Nodes = nil
		}
	}
}
