package guest

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// caller carries out the calls of one exchange's guest. Calls that nobody waits for any more may outlive the exchange for
// a moment, so it is made anew for each.
type caller struct {
	upstreams map[string]*Upstream
	all       upstream.Canceller // of every call
	release   func()             // from the client's
}

func newCaller(upstreams map[string]*Upstream, client *upstream.Canceller) *caller {
	c := &caller{upstreams: upstreams}
	c.release = client.Attach(&c.all)
	return c
}

var errOver = errors.New("the exchange is over")

// end breaks off what is still being called.
func (c *caller) end() {
	c.release()
	c.all.Cancel(errOver)
}

// fetch carries out a call and fills in its reply or error.
func (c *caller) fetch(f *host.Fetch) {
	u := c.upstreams[f.Upstream]
	if u == nil {
		f.Error = hostabi.CallRefused
		return
	}
	var own upstream.Canceller
	defer c.all.Attach(&own)()
	f.OnAbort(func() { own.Cancel(errOver) })
	status, reply, err := u.call(f, &own)
	if err != nil {
		f.Error = callError(err)
		return
	}
	f.Status, f.Reply = status, reply
}

// call sends f. What it may not send wraps upstream.ErrCall.
func (u *Upstream) call(f *host.Fetch, cancel *upstream.Canceller) (status int, reply []byte, err error) {
	w := upstream.Call{Host: u.host, Body: f.Body, Cancel: cancel, Deadline: time.Now().Add(least(f.Timeout, u.timeout))}
	if w.Method, err = method(f); err != nil {
		return 0, nil, err
	}
	if w.Path, err = u.target(f.Path); err != nil {
		return 0, nil, err
	}
	if w.Header, err = u.appendHeaders(nil, f.Header, len(f.Body) > 0); err != nil {
		return 0, nil, errors.Join(upstream.ErrCall, err)
	}
	var r upstream.Reply
	if err := u.client.Do(&w, &r); err != nil {
		return 0, nil, err
	}
	defer r.Close()
	reply, err = r.ReadAll(nil, least(f.MaxBytes, u.maxBytes))
	return r.Status, u.censor(reply), err
}

// least is what the guest asks for, at most what the upstream has.
func least[T int | time.Duration](asked, most T) T {
	if asked <= 0 {
		return most
	}
	return min(asked, most)
}

// methods that a guest may use. CONNECT would make a proxy of the upstream, TRACE would repeat the credential.
var methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}

func method(f *host.Fetch) (string, error) {
	usual := "GET"
	if len(f.Body) > 0 {
		usual = "POST"
	}
	m := cmp.Or(f.Method, usual)
	if !slices.Contains(methods, m) {
		return "", upstream.ErrCall
	}
	return m, nil
}

// target is what follows the upstream's URL, with the credential if it travels there.
func (u *Upstream) target(path string) ([]byte, error) {
	if err := checkPath(path); err != nil {
		return nil, errors.Join(upstream.ErrCall, err)
	}
	if u.parameter == "" {
		return []byte(path), nil
	}
	if hasParameter(path, u.parameter) {
		return nil, errors.Join(upstream.ErrCall, errRefusedHeader)
	}
	switch {
	case u.query == "":
		return []byte(path), nil
	case strings.Contains(path, "?"):
		return []byte(path + "&" + u.query), nil
	}
	return []byte(path + "?" + u.query), nil
}

// censor takes secrets out of a reply: some services repeat what they were sent.
func (u *Upstream) censor(reply []byte) []byte {
	for _, s := range u.secrets {
		if bytes.Contains(reply, []byte(s)) {
			reply = bytes.ReplaceAll(reply, []byte(s), []byte("****"))
		}
	}
	return reply
}

// callError tells the guest why there is no reply.
func callError(err error) hostabi.CallError {
	switch {
	case errors.Is(err, errPrivate), errors.Is(err, upstream.ErrCall):
		return hostabi.CallRefused
	case errors.Is(err, upstream.ErrTimeout), errors.Is(err, context.DeadlineExceeded):
		return hostabi.CallTimeout
	case errors.Is(err, upstream.ErrTooLarge):
		return hostabi.CallTooLarge
	}
	return hostabi.CallFailed
}
