package cases

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/sluice-gateway/sluice/hostabi"
)

// callErrors are the names of hostabi.CallError.
var callErrors = []string{"", "failed", "timeout", "too_large", "refused"}

func callError(name string) hostabi.CallError {
	return hostabi.CallError(max(slices.Index(callErrors, name), 0))
}

// Calls answers the HTTP calls of one case. It is safe for concurrent use. A nil *Calls refuses all.
type Calls struct {
	mu    sync.Mutex
	list  []Call
	made  []bool
	again bool // calls may be made any number of times, and with any body
	wrong []error
}

// NewCalls returns what answers each of the calls once.
func NewCalls(list []Call) *Calls { return &Calls{list: list, made: make([]bool, len(list))} }

// Answer returns the reply to a call: a status, or why there is none.
func (c *Calls) Answer(upstream, method, path string, body []byte) (status int, reply []byte, failed hostabi.CallError) {
	if c == nil {
		return 0, nil, hostabi.CallRefused
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	call, err := c.find(upstream, method, path, body)
	if err != nil {
		c.wrong = append(c.wrong, err)
		return 0, nil, hostabi.CallRefused
	}
	if call.Error != "" {
		return 0, nil, callError(call.Error)
	}
	if status = call.Reply.Status; status == 0 {
		status = 200
	}
	return status, call.Reply.body(), 0
}

// find takes the first call that fits and was not made yet.
func (c *Calls) find(upstream, method, path string, body []byte) (*Call, error) {
	err := errors.New("no such call is expected")
	for i := range c.list {
		call := &c.list[i]
		if c.made[i] && !c.again || call.Upstream != upstream {
			continue
		}
		if call.Method != "" && call.Method != method || call.Path != "" && call.Path != path {
			continue
		}
		if call.Body != nil && !c.again {
			if difference := sameJSON(call.Body.Source(), body); difference != nil {
				err = difference
				continue
			}
		}
		c.made[i] = true
		return call, nil
	}
	return nil, fmt.Errorf("call %s %s%s with %s: %w", method, upstream, path, shorten(string(body)), err)
}

// err tells what was called and should not have been, or the other way round.
func (c *Calls) err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.wrong) > 0 {
		return c.wrong[0]
	}
	for i, made := range c.made {
		if !made && !c.again {
			return fmt.Errorf("call %d, of %s%s, was not made", i+1, c.list[i].Upstream, c.list[i].Path)
		}
	}
	return nil
}
