package host

import "github.com/sluice-gateway/sluice/hostabi"

// Text is what a guard is asked about: pieces of Src, each with where it came from.
type Text struct {
	Src      []byte
	Segments []hostabi.Segment
}

// Edit replaces a range of a segment's text, given in bytes.
type Edit struct {
	Segment  uint32 // index in Text.Segments
	From, To uint32
	With     []byte // valid until the next Send, SendText or Close
}

// Block refuses an exchange.
type Block struct {
	Status  int // of the response to the client, 400 to 499
	Message string
}

// SendText is Send for the events of a guard. t must stay as it is until SendText returns.
func (c *Context) SendText(event hostabi.Event, h *hostabi.Header, t *Text) (hostabi.Result, error) {
	return c.Send(event, h, nil)
}
