package sdktest

import (
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
	"github.com/sluice-gateway/sluice/hostabi/host/match"
	"github.com/sluice-gateway/sluice/hostabi/window"
	"github.com/sluice-gateway/sluice/sdk"
)

// The methods below do what the gateway's host does for a guest that was granted all that its manifest asks for.

var _ sdk.Services = (*nativeSession)(nil)

func refuse(e hostabi.Errno) int32 { return -int32(e) }

// Header returns a header that the manifest names.
func (x *nativeSession) Header(name string) (string, bool) {
	if !slices.Contains(x.manifest.Needs.Headers, name) {
		return "", false
	}
	v, ok := x.setup.Headers[name]
	return v, ok
}

// Edit notes an edit.
func (x *nativeSession) Edit(h hostabi.Hit, with string) int32 {
	if x.text == nil {
		return refuse(hostabi.ErrnoState)
	}
	if int(h.Segment) >= len(x.text.segments) {
		return refuse(hostabi.ErrnoRange)
	}
	s := x.text.segments[h.Segment]
	text := x.text.src[s.Off : s.Off+s.Len]
	if h.From > h.To || h.To > s.Len {
		return refuse(hostabi.ErrnoRange)
	}
	if h.From < s.Seen || !x.follows(h) || splits(text, h.From) || splits(text, h.To) || !utf8.ValidString(with) {
		return refuse(hostabi.ErrnoInvalid)
	}
	x.verdict.Edits = append(x.verdict.Edits, window.Edit{Segment: h.Segment, From: h.From, To: h.To, With: []byte(with)})
	return 0
}

// follows reports whether an edit comes after those before it.
func (x *nativeSession) follows(h hostabi.Hit) bool {
	n := len(x.verdict.Edits)
	if n == 0 {
		return true
	}
	last := x.verdict.Edits[n-1]
	return h.Segment > last.Segment || h.Segment == last.Segment && h.From >= last.To
}

// splits reports whether a place is inside a character.
func splits(text []byte, at uint32) bool {
	for start := int(at) - 1; start >= 0 && int(at)-start < utf8.UTFMax; start-- {
		if utf8.RuneStart(text[start]) {
			_, size := utf8.DecodeRune(text[start:])
			return start+size > int(at)
		}
	}
	return false
}

// Block notes a refusal.
func (x *nativeSession) Block(status int, message string) int32 {
	if status == 0 {
		status = 400
	}
	if status < 400 || status > 499 {
		return refuse(hostabi.ErrnoInvalid)
	}
	x.verdict.Block = &cases.Block{Status: status, Message: strings.ToValidUTF8(message, "\uFFFD")}
	return 0
}

// Flag notes a label.
func (x *nativeSession) Flag(label string) int32 {
	const most, longest = 16, 64
	switch {
	case label == "" || len(label) > longest || !utf8.ValidString(label):
		return refuse(hostabi.ErrnoInvalid)
	case slices.Contains(x.verdict.Flags, label):
	case len(x.verdict.Flags) == most:
		return refuse(hostabi.ErrnoLimit)
	default:
		x.verdict.Flags = append(x.verdict.Flags, label)
	}
	return 0
}

// sets are shared by all tests of the process.
var sets match.Cache

// MatchSet checks a description.
func (x *nativeSession) MatchSet(description []byte) int32 {
	if !x.manifest.Needs.Match {
		return refuse(hostabi.ErrnoDenied)
	}
	if _, err := sets.Get(description); err != nil {
		x.journal.log("match_set", 8, err.Error())
		return refuse(hostabi.ErrnoInvalid)
	}
	return 0
}

// Match searches text.
func (x *nativeSession) Match(description, text []byte, segment uint32, hits []hostabi.Hit) []hostabi.Hit {
	set, err := sets.Get(description)
	if err != nil {
		panic("sdktest: match: " + err.Error())
	}
	return set.Append(hits, text, segment)
}

// key is the virtual key of every exchange.
const key = "a key of the tests"

func owner(scope hostabi.Scope) string {
	if scope == hostabi.ScopeKey {
		return key
	}
	return ""
}

// KVGet returns a value.
func (x *nativeSession) KVGet(scope hostabi.Scope, name string) (string, bool) {
	if x.store == nil {
		return "", false
	}
	v, ok := x.store.Get(scope, owner(scope), []byte(name))
	return string(v), ok
}

// KVSet stores a value.
func (x *nativeSession) KVSet(scope hostabi.Scope, name, value string, ms int) int32 {
	if x.store == nil {
		return refuse(hostabi.ErrnoDenied)
	}
	if x.store.Set(scope, owner(scope), []byte(name), []byte(value), milliseconds(ms)) != nil {
		return refuse(hostabi.ErrnoLimit)
	}
	return 0
}

// KVDelete removes a value.
func (x *nativeSession) KVDelete(scope hostabi.Scope, name string) int32 {
	if x.store == nil {
		return refuse(hostabi.ErrnoDenied)
	}
	if x.store.Delete(scope, owner(scope), []byte(name)) {
		return 1
	}
	return 0
}

// KVAdd adds to a counter.
func (x *nativeSession) KVAdd(scope hostabi.Scope, name string, delta int64, ms int) (int64, int32) {
	if x.store == nil {
		return 0, refuse(hostabi.ErrnoDenied)
	}
	sum, err := x.store.Add(scope, owner(scope), []byte(name), delta, milliseconds(ms))
	switch {
	case errors.Is(err, kv.ErrNotCounter):
		return 0, refuse(hostabi.ErrnoInvalid)
	case err != nil:
		return 0, refuse(hostabi.ErrnoLimit)
	}
	return sum, 0
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

// Measure does nothing: metrics are the host's to show.
func (x *nativeSession) Measure(string, int64) {}
