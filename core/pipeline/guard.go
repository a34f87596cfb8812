package pipeline

import "github.com/sluice-gateway/sluice/core"

// inspect chooses the guards of the exchange, and has those look at the request that run before it is routed.
func (f *Flight) inspect() *core.Error {
	if e := f.guards.Begin(f.State.Guards, &f.Doc, &f.Exchange, f.Header, f.cancel); e != nil {
		return e
	}
	return f.guards.Input(&f.Doc)
}

// guarded sends the request while guards look at it, and has others look at the answer. Nothing of it goes on before they
// are done.
func (f *Flight) guarded() *core.Error {
	if e := f.sendBeside(); e != nil {
		return e
	}
	if f.Stream {
		return f.guardStream()
	}
	var e *core.Error
	f.body, e = f.guards.Output(f.call.Body())
	return e
}

// sendBeside sends the request while guards look at it. One that refuses ends the call.
func (f *Flight) sendBeside() *core.Error {
	if !f.guards.Beside() {
		return f.send()
	}
	f.release = f.cancel.Attach(f.own)
	f.cancel = f.own
	f.guards.Start(&f.Doc, f.own.Cancel)
	return f.guards.Wait(f.send())
}

// guardStream waits until guards let the first of a stream pass: until then a refusal is an answer of its own.
func (f *Flight) guardStream() *core.Error {
	var e *core.Error
	if f.stream, e = f.guards.Stream(); e != nil || f.stream == nil {
		return e
	}
	if e = f.More(); e != nil {
		f.stream.Close()
	}
	return e
}

// Applied lists the guards that looked at the exchange, or look at what it streams; "" when there are none.
func (f *Flight) Applied() string { return f.guards.Applied() }
