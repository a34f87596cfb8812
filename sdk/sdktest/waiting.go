package sdktest

import (
	"slices"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

// waiting is a call or a timer whose event has not come yet.
type waiting struct {
	id    uint32
	timer bool
	call  sdk.HTTPCall
	body  []byte
}

// Call starts a call of an upstream that the manifest names.
func (x *nativeSession) Call(c *sdk.HTTPCall) int32 {
	if !slices.ContainsFunc(x.manifest.Needs.Upstreams, func(u hostabi.Upstream) bool { return u.Name == c.Upstream }) {
		return refuse(hostabi.ErrnoDenied)
	}
	const most = 16
	if limit := x.manifest.Limits.Calls; x.calls >= most || limit > 0 && x.calls >= limit {
		return refuse(hostabi.ErrnoLimit)
	}
	if c.Path != "" && c.Path[0] != '/' {
		return refuse(hostabi.ErrnoInvalid)
	}
	body, err := tape.Splice(nil, c.Ops, c.Lit, x.source, maxOutput)
	if err != nil {
		return refuse(hostabi.ErrnoRange)
	}
	x.calls++
	if c.Method == "" && len(body) > 0 {
		c.Method = "POST"
	} else if c.Method == "" {
		c.Method = "GET"
	}
	return x.wait(waiting{call: *c, body: body})
}

// Timer starts a timer, which ends without delay.
func (x *nativeSession) Timer(ms int) int32 {
	if ms < 1 || ms > 60_000 {
		return refuse(hostabi.ErrnoInvalid)
	}
	return x.wait(waiting{timer: true})
}

func (x *nativeSession) wait(w waiting) int32 {
	x.ids++
	w.id = x.ids
	x.waiting = append(x.waiting, w)
	return int32(w.id)
}

// bring brings the event that ends the waiting.
func (w *waiting) bring(x *nativeSession) hostabi.Result {
	h := hostabi.Header{Vendor: w.id}
	if w.timer {
		return sdk.Dispatch(x.ctx, hostabi.EventTimer, h, nil)
	}
	status, reply, failed := x.setup.Calls.Answer(w.call.Upstream, w.call.Method, w.call.Path, w.body)
	h.Status, h.Name = uint32(status), uint32(failed)
	if status == 0 {
		return sdk.Dispatch(x.ctx, hostabi.EventCall, h, nil)
	}
	doc := scan(reply)
	x.docs = append(x.docs, doc)
	h.Doc, h.Nodes, h.Bytes = uint32(len(x.docs)), uint32(len(doc.Nodes)), uint32(len(doc.Src))
	return sdk.Dispatch(x.ctx, hostabi.EventCall, h, doc)
}
