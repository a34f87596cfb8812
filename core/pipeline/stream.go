package pipeline

import "github.com/sluice-gateway/sluice/core"

// Output returns the framed events of a stream that wait for the client. Taken empties it.
func (f *Flight) Output() []byte {
	if f.stream != nil {
		return f.stream.Output()
	}
	return f.call.Output()
}

// Taken tells that the waiting output was written.
func (f *Flight) Taken() {
	if f.stream != nil {
		f.stream.Taken()
		return
	}
	f.call.Taken()
}

// Finished reports whether the stream is complete once the waiting output was written.
func (f *Flight) Finished() bool {
	if f.stream != nil {
		return f.ended
	}
	return f.call.Finished()
}

// More waits for further output of a stream. After an error, what is in Output may still be written.
func (f *Flight) More() *core.Error {
	if f.stream == nil {
		return f.call.More()
	}
	for !f.ended && len(f.stream.Output()) == 0 {
		if e := f.advance(); e != nil {
			return e
		}
	}
	return nil
}

// advance takes in what the model wrote next and has the guards look at it. When the stream breaks they decide about what
// it brought.
func (f *Flight) advance() *core.Error {
	var broken *core.Error
	if len(f.call.Output()) == 0 && !f.call.Finished() {
		broken = f.call.More()
	}
	e := f.stream.Add(f.call.Output())
	f.call.Taken()
	if f.ended = broken != nil || f.call.Finished(); f.ended && e == nil {
		e = f.stream.End()
	}
	if e != nil {
		f.ended = true
		return e
	}
	return broken
}

// EndStream tells that nothing more of a stream will be written, and completes the verdicts about it.
func (f *Flight) EndStream() {
	if f.stream != nil {
		f.stream.Close()
	}
}
