package provider

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func isJSON(contentType []byte) bool {
	media, _, _ := strings.Cut(string(contentType), ";")
	return strings.EqualFold(strings.TrimSpace(media), "application/json")
}

// firstEvents reads until there is something for the client: until then a failure can still become a proper error, or
// another attempt.
func (c *Call) firstEvents() *core.Error {
	c.events = c.reply.Events(upstream.SSE)
	for len(c.guest.Events) == 0 && !c.finished {
		if e := c.next(); e != nil {
			return e
		}
	}
	return nil
}

// Output returns the framed events that wait for the client. Taken empties it.
func (c *Call) Output() []byte { return c.guest.Events }

// Taken tells that the waiting output was written.
func (c *Call) Taken() { c.guest.Events = c.guest.Events[:0] }

// Finished reports whether the stream is complete once the waiting output was written.
func (c *Call) Finished() bool { return c.finished }

// More waits for further output of a stream and takes in all that has arrived by then.
func (c *Call) More() *core.Error {
	for !c.finished {
		if e := c.next(); e != nil {
			return e
		}
		if len(c.guest.Events) >= flushBytes || (len(c.guest.Events) > 0 && !c.events.Ready()) {
			return nil
		}
	}
	return nil
}

// flushBytes is how much output is collected at most while more is ready: one write of this size costs little more
// than one of a single event.
const flushBytes = 16 << 10

// next takes one event of the upstream's.
func (c *Call) next() *core.Error {
	event, err := c.events.Next()
	switch {
	case err == io.EOF && !c.begun:
		return &core.Error{Class: core.APIConnection, Upstream: true, Message: message(core.APIConnection, c.target.Vendor,
			"the upstream's answer has no events")}
	case err == io.EOF:
		return c.endStream(0)
	case err != nil:
		return c.broken(err)
	case len(event.Data) == 0:
		return nil
	}
	c.begun = true
	if string(event.Data) == "[DONE]" {
		return c.endStream(hostabi.FlagComplete)
	}
	name := uint32(tape.Lookup(event.Name))
	if c.guest.Repeat(name, event.Data) {
		return nil
	}
	c.answer.Reset()
	if c.answer.Scan(event.Data) != nil {
		c.answer.Src = event.Data
	}
	result, e := c.tell(hostabi.EventChunk, name, &c.answer)
	if e != nil {
		return e
	}
	if result == hostabi.Pass {
		c.guest.Forward(event.Data)
	}
	return nil
}

// endStream tells the guest that the stream has ended, and with hostabi.FlagComplete that the upstream said so.
func (c *Call) endStream(flag uint32) *core.Error {
	c.finished = true
	c.flags |= flag
	_, e := c.tell(hostabi.EventEnd, 0, nil)
	return e
}

// setting takes what a guest sets of its upstream request.
func (c *Call) setting(what hostabi.Setting, name, value []byte) error {
	switch what {
	case hostabi.SetPath:
		c.path = append(c.path[:0], value...)
		return nil
	case hostabi.SetHeader:
		if isCredential(name) {
			return errSetting
		}
		var err error
		c.header, err = upstream.AppendHeader(c.header, string(name), string(value))
		return err
	}
	return errSetting
}

// isCredential names headers that only the host may send.
func isCredential(name []byte) bool {
	for _, h := range credentialHeaders {
		if bytes.EqualFold(name, h) {
			return true
		}
	}
	return false
}

var credentialHeaders = [][]byte{
	[]byte("Authorization"), []byte("Api-Key"), []byte("X-Api-Key"), []byte("X-Goog-Api-Key"), []byte("Cookie"),
	[]byte("Proxy-Authorization"),
}

var errSetting = errors.New("not a setting that a plugin may change")
