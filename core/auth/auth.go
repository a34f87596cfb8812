// Package auth decides who makes a request: from its key headers to a Principal.
package auth

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"strings"

	"github.com/sluice-gateway/sluice/core"
)

// Keys checks keys. It is immutable.
type Keys struct {
	header string // the only header to look at; "" = the usual ones
	master [sha256.Size]byte
	open   bool
}

// New returns a check against the master key. Without one everybody is an administrator. header, when set, is the only
// header that a key is taken from.
func New(master, header string) *Keys {
	return &Keys{header: header, master: sha256.Sum256([]byte(master)), open: master == ""}
}

// Open reports whether no key is asked for.
func (k *Keys) Open() bool { return k.open }

// Header reads a request header.
type Header interface {
	Peek(name string) []byte
}

// usual lists the headers that carry a key, in the order they are looked at.
var usual = []string{"Authorization", "API-Key", "x-api-key", "x-goog-api-key", "Ocp-Apim-Subscription-Key", "x-litellm-api-key"}

// Check returns who makes the request, or an error that answers 401.
func (k *Keys) Check(h Header) (core.Principal, *core.Error) {
	if k.open {
		return core.Principal{Admin: true}, nil
	}
	key, e := k.key(h)
	if e != nil {
		return core.Principal{}, e
	}
	sum := sha256.Sum256(key)
	if subtle.ConstantTimeCompare(sum[:], k.master[:]) == 1 {
		return core.Principal{Admin: true}, nil
	}
	return core.Principal{}, unknown(key)
}

func (k *Keys) key(h Header) ([]byte, *core.Error) {
	names := usual
	if k.header != "" {
		names = []string{k.header}
	}
	for _, name := range names {
		value := h.Peek(name)
		if len(value) == 0 {
			continue
		}
		if name != "Authorization" {
			return trimBearer(value), nil
		}
		return authorization(value)
	}
	return nil, refuse("No api key passed in.")
}

func trimBearer(value []byte) []byte {
	if len(value) > 7 && strings.EqualFold(string(value[:7]), "bearer ") {
		return value[7:]
	}
	return value
}

// authorization reads Bearer and Basic; of the latter the password is the key.
func authorization(value []byte) ([]byte, *core.Error) {
	if key := trimBearer(value); len(key) < len(value) {
		return key, nil
	}
	if rest, ok := strings.CutPrefix(string(value), "Basic "); ok {
		if pair, err := base64.StdEncoding.DecodeString(rest); err == nil {
			if _, password, ok := strings.Cut(string(pair), ":"); ok {
				return []byte(password), nil
			}
		}
	}
	return nil, refuse("Malformed API Key passed in. Ensure Key has `Bearer ` prefix. Passed in: " + mask(value))
}

func unknown(key []byte) *core.Error {
	if !strings.HasPrefix(string(key), "sk-") {
		return refuse("LiteLLM Virtual Key expected. Received=" + mask(key) + ", expected to start with 'sk-'.")
	}
	return refuse("Invalid proxy server token passed. Received API Key (hashed)=" + hash(key) +
		". Unable to find token in cache or `LiteLLM_VerificationTokenTable`")
}

func refuse(text string) *core.Error {
	return &core.Error{Class: core.Authentication, Kind: "auth_error", Message: "Authentication Error, " + text}
}
