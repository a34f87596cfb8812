package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"log/slog"
	"sync"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Custom asks a plugin who presents a credential (general_settings.custom_auth). It is safe for concurrent use.
type Custom struct {
	plugin *guest.Plugin
	log    *slog.Logger
	askers sync.Pool
}

// NewCustom returns a check that asks the plugin.
func NewCustom(p *guest.Plugin, log *slog.Logger) *Custom {
	return &Custom{plugin: p, log: log, askers: sync.Pool{New: func() any { return new(guest.Asker) }}}
}

// Request is what is presented.
type Request struct {
	Header
	Exchange *core.Exchange // with the model that is asked for, if that is known
	Route    string         // the path without prefixes: /chat/completions
	ClientIP string         // "" = unknown
	Visit
}

// Check returns who makes the request, or an error. The master key is always an administrator's, and without a credential nobody
// is asked; any other credential the plugin decides on, of which it gets the hash. What it passes on, the keys refuse. When
// it could not run the answer is 503, or with FailOpen the keys'.
func (c *Custom) Check(k *Keys, r Request) (core.Principal, *core.Error) {
	key, scheme, e := k.key(r.Header)
	if e != nil {
		return core.Principal{}, e
	}
	if len(key) == 0 {
		return core.Principal{}, unknown(key)
	}
	sum := sha256.Sum256(key)
	if !k.open && subtle.ConstantTimeCompare(sum[:], k.master[:]) == 1 {
		return k.admin, nil
	}
	p, e := c.ask(hex.EncodeToString(sum[:]), scheme, r)
	if e == errPassed {
		return k.virtual(key, sum)
	}
	return p, e
}

// errPassed says that the plugin leaves the credential to the keys.
var errPassed = &core.Error{Class: core.Authentication, Message: "the auth plugin passed"}

func (c *Custom) ask(hash, scheme string, r Request) (core.Principal, *core.Error) {
	a := c.askers.Get().(*guest.Asker)
	defer c.askers.Put(a)
	defer a.Close()
	a.Question = appendFacts(a.Question[:0], hash, scheme, r)
	answer, err := a.Ask(c.plugin, hostabi.EventAuth, r.Exchange, nil)
	if err != nil {
		return c.notRun(err.Error())
	}
	if a.Failure != nil {
		return c.failed(a.Failure)
	}
	if answer == nil {
		return core.Principal{}, errPassed
	}
	p, err := readPrincipal(answer)
	if err != nil {
		return c.notRun(err.Error())
	}
	p.KeyHash = hash
	return p, nil
}

// notRun is for a plugin that gave no answer: nobody is admitted for it, and nobody is told that the key is wrong.
func (c *Custom) notRun(why string) (core.Principal, *core.Error) {
	c.log.Error("auth plugin could not run", "plugin", c.plugin.Name, "why", why, "fail", c.failMode())
	if c.plugin.FailOpen {
		return core.Principal{}, errPassed
	}
	return core.Principal{}, &core.Error{Class: core.ServiceUnavailable, Kind: "auth_error",
		Message: "Authentication Error, the key could not be checked. Try again later."}
}

func (c *Custom) failMode() string {
	if c.plugin.FailOpen {
		return "open"
	}
	return "closed"
}

// failed turns what the plugin failed the exchange with into an answer: what blames the client refuses it, anything else
// means that the plugin could not decide.
func (c *Custom) failed(f *host.Failure) (core.Principal, *core.Error) {
	e := &core.Error{Class: core.Class(f.Class), Status: f.Status, Kind: "auth_error", Message: f.Message}
	switch {
	case f.Class == hostabi.ClassByStatus && f.Status == 0:
		e.Class = core.Authentication
	case f.Class == hostabi.ClassByStatus:
		e.Class = core.ClassOf(f.Status)
	}
	if code := e.Code(); e.Class == core.Timeout || code < 400 || code > 499 {
		return c.notRun(f.Message)
	}
	if e.Class == core.Authentication {
		if e.Message == "" {
			e.Message = "Invalid proxy server token passed."
		}
		e.Message = "Authentication Error, " + e.Message
	}
	return core.Principal{}, e
}

// appendFacts appends what the plugin is told: never the credential itself.
func appendFacts(dst []byte, hash, scheme string, r Request) []byte {
	dst = append(append(dst, `{"key_hash":"`...), hash...)
	dst = append(dst, '"')
	for _, f := range [...]struct{ key, value string }{
		{"scheme", scheme}, {"route", r.Route}, {"endpoint", r.Exchange.Endpoint.String()}, {"client_ip", r.ClientIP},
		{"model", r.Exchange.Model},
	} {
		if f.value == "" {
			continue
		}
		dst = append(append(append(dst, `,"`...), f.key...), `":"`...)
		dst = append(tape.AppendQuoted(dst, []byte(f.value)), '"')
	}
	return append(dst, '}')
}
