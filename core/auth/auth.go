// Package auth decides who makes a request: from its key headers to a Principal.
package auth

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// Keys checks keys. It is immutable.
type Keys struct {
	header string // the only header to look at; "" = the usual ones
	master [sha256.Size]byte
	admin  core.Principal // who has the master key
	open   bool
	others *Accounts // whom virtual keys belong to; nil: there are none
}

// New returns a check against the master key. Without one everybody is an administrator. header, when set, is the only
// header that a key is taken from, with or without Bearer before it.
func New(master, header string) *Keys {
	k := &Keys{header: header, master: sha256.Sum256([]byte(master)), open: master == ""}
	k.admin = core.Principal{Admin: true, Role: proxyAdmin, KeyHash: hash([]byte(master)), UserID: "default_user_id"}
	return k
}

// WithAccounts returns the same check for virtual keys too.
func (k *Keys) WithAccounts(a *Accounts) *Keys {
	c := *k
	c.others = a
	return &c
}

// WithoutHash returns the same check, which calls the master key by a name instead of its hash.
func (k *Keys) WithoutHash() *Keys {
	c := *k
	c.admin.KeyHash = core.MasterKeyName
	return &c
}

// Header reads a request header.
type Header interface {
	Peek(name string) []byte
}

// usual lists the headers that carry a key, in the order they are looked at: the first that is present counts. The first
// of them needs Bearer or Basic.
var usual = []string{"Authorization", "API-Key", "x-api-key", "x-goog-api-key", "Ocp-Apim-Subscription-Key", "x-litellm-api-key"}

// Check returns who makes the request, or an error: 401, 400 for a key that has expired, 503 when virtual keys can't be
// looked up.
func (k *Keys) Check(h Header) (core.Principal, *core.Error) {
	if k.open {
		return core.Principal{Admin: true}, nil
	}
	key, _, e := k.key(h)
	if e != nil {
		return core.Principal{}, e
	}
	sum := sha256.Sum256(key)
	if subtle.ConstantTimeCompare(sum[:], k.master[:]) == 1 {
		return k.admin, nil
	}
	return k.virtual(key, sum)
}

// virtual returns whom a virtual key belongs to.
func (k *Keys) virtual(key []byte, sum [sha256.Size]byte) (core.Principal, *core.Error) {
	if k.others == nil {
		return core.Principal{}, unknown(key)
	}
	var name [2 * sha256.Size]byte
	hex.Encode(name[:], sum[:])
	p, ok, e := k.others.Find(string(name[:]))
	if e != nil {
		return core.Principal{}, e
	}
	if !ok {
		return core.Principal{}, unknown(key)
	}
	if e := usable(p.Account, time.Now()); e != nil {
		return core.Principal{}, e
	}
	return p, nil
}

// key finds the credential, and how it is presented: as bearer, basic or key, which is in a header of its own.
func (k *Keys) key(h Header) (key []byte, scheme string, e *core.Error) {
	if k.header != "" {
		if value := h.Peek(k.header); len(value) > 0 {
			return withoutBearer(value), "key", nil
		}
		return nil, "", refuse("No api key passed in.")
	}
	for i, name := range usual {
		value := h.Peek(name)
		switch {
		case len(value) == 0:
		case i == 0:
			return authorization(value)
		default:
			return withoutBearer(value), "key", nil
		}
	}
	return nil, "", refuse("No api key passed in.")
}

func withoutBearer(value []byte) []byte {
	if key, ok := cutScheme(value, "bearer "); ok {
		return key
	}
	return value
}

// cutScheme removes an authentication scheme, given in lower case with its space, from before a credential.
func cutScheme(value []byte, scheme string) (credential []byte, ok bool) {
	if len(value) <= len(scheme) || !strings.EqualFold(string(value[:len(scheme)]), scheme) {
		return nil, false
	}
	return bytes.TrimSpace(value[len(scheme):]), true
}

// authorization reads Bearer and Basic; of the latter the password is the key.
func authorization(value []byte) (key []byte, scheme string, e *core.Error) {
	if key, ok := cutScheme(value, "bearer "); ok {
		return key, "bearer", nil
	}
	if encoded, ok := cutScheme(value, "basic "); ok {
		if pair, err := base64.StdEncoding.AppendDecode(nil, encoded); err == nil {
			if _, password, ok := bytes.Cut(pair, []byte{':'}); ok {
				return password, "basic", nil
			}
		}
	}
	return nil, "", refuse("Malformed API Key passed in. Ensure Key has `Bearer ` prefix. Passed in: " + mask(value))
}

func unknown(key []byte) *core.Error {
	if !bytes.HasPrefix(key, []byte("sk-")) {
		return refuse("LiteLLM Virtual Key expected. Received=" + mask(key) + ", expected to start with 'sk-'.")
	}
	return refuse("Invalid proxy server token passed. Received API Key (hashed)=" + hash(key) +
		". Unable to find token in cache or `LiteLLM_VerificationTokenTable`")
}

func refuse(text string) *core.Error {
	return &core.Error{Class: core.Authentication, Kind: "auth_error", Message: "Authentication Error, " + text}
}
