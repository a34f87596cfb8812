package provider

import (
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// whole reads a complete reply and lets the guest turn it into the client's response.
func (c *Call) whole() *core.Error {
	if e := c.readAll(); e != nil {
		return e
	}
	if err := c.answer.Scan(c.raw); err != nil {
		return &core.Error{Class: core.APIConnection, Upstream: true, Cause: err, Message: message(core.APIConnection, c.target.Vendor,
			"the upstream's answer is not JSON")}
	}
	result, e := c.tell(hostabi.EventResponse, 0, &c.answer)
	if e != nil {
		return e
	}
	if c.x.Stream {
		// Not for another attempt: this one was complete, and will be billed.
		return &core.Error{Class: core.APIConnection, Message: message(core.APIConnection, c.target.Vendor,
			"the upstream did not stream its answer")}
	}
	c.body = c.guest.Body
	if result == hostabi.Pass {
		c.body = c.raw
	}
	return nil
}

func (c *Call) readAll() *core.Error {
	var err error
	if c.raw, err = c.reply.ReadAll(c.raw[:0], c.maxResponse.Bytes()); err != nil {
		return c.broken(err)
	}
	return nil
}

// upstreamError reads a reply with an error status and lets the guest explain it.
func (c *Call) upstreamError() *core.Error {
	if e := c.readAll(); e != nil && e.Class == core.Cancelled {
		return e
	}
	c.answer.Reset()
	if c.answer.Scan(c.raw) != nil {
		c.answer.Src = c.raw
	}
	c.guest.Failure = nil
	if c.target.Vendor.hooks[hostabi.EventError] {
		if _, e := c.send(hostabi.EventError, c.reply.Status, 0, &c.answer); e != nil {
			return e
		}
	}
	f := c.guest.Failure
	if f == nil {
		f = &host.Failure{Message: excerpt(c.raw)}
	}
	return c.refused(f, c.reply.Status)
}

// excerpt is the start of a reply that nobody could explain.
func excerpt(raw []byte) string {
	const most = 512
	if len(raw) > most {
		return string(raw[:most]) + "…"
	}
	if len(raw) == 0 {
		return "the upstream gave no reason"
	}
	return string(raw)
}
