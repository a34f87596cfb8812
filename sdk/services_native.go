//go:build !wasip1

package sdk

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Services is what a Host has besides for guards, observers, routers and auth plugins. Results are those of the imports:
// negative ones are refusals.
type Services interface {
	Host
	Header(name string) (string, bool)
	Edit(edit hostabi.Hit, with string) int32
	Block(status int, message string) int32
	Flag(label string) int32
	// MatchSet checks the description of a set; Match searches text with one.
	MatchSet(description []byte) int32
	Match(description, text []byte, segment uint32, hits []hostabi.Hit) []hostabi.Hit
	// Call starts a call and Timer a timer; their ids come with the event that ends them.
	Call(c *HTTPCall) int32
	Timer(ms int) int32
	KVGet(scope hostabi.Scope, key string) (string, bool)
	KVSet(scope hostabi.Scope, key, value string, ms int) int32
	KVDelete(scope hostabi.Scope, key string) int32
	KVAdd(scope hostabi.Scope, key string, delta int64, ms int) (int64, int32)
	Measure(metric string, value int64)
}

// HTTPCall is a call that a plugin makes natively. The body is given as operations over literal bytes.
type HTTPCall struct {
	Upstream, Method, Path, Headers string
	Ops                             []tape.Op
	Lit                             []byte
	Timeout, MaxBytes               int
}

// DispatchText carries an event of a guard to the registered plugin.
func DispatchText(ctx uint32, event hostabi.Event, header hostabi.Header, text []byte, segments []hostabi.Segment) hostabi.Result {
	arrived = arrival{ctx: ctx, event: event, header: header, segments: segments, src: text}
	return dispatch(&arrived)
}

// services returns the host that a plugin other than a provider needs.
func services() Services {
	s, ok := native.(Services)
	if !ok {
		panic("sdk: the attached host is one for providers")
	}
	return s
}

// sets and metrics are what plugins declared, natively for the life of the process: package variables are made before
// there is a host.
var (
	sets    [][]byte
	metrics []string
)

func hostHeader(_ uint32, name string) string {
	v, ok := services().Header(name)
	if !ok {
		return ""
	}
	return v
}

func hostEdit(_ uint32, h Hit, with string) int32 { return services().Edit(h, with) }

func hostBlock(_ uint32, status int, message string) int32 { return services().Block(status, message) }

func hostFlag(_ uint32, label string) int32 { return services().Flag(label) }

func hostMatchSet(description []byte) int32 {
	if s, ok := native.(Services); ok {
		if result := s.MatchSet(description); result < 0 {
			return result
		}
	}
	sets = append(sets, description)
	return int32(len(sets))
}

// set returns a description; the zero Set has none.
func set(id int32) []byte {
	if id < 1 || int(id) > len(sets) {
		return nil
	}
	return sets[id-1]
}

func (e *Exchange) match(s Set, hits []Hit) int32 {
	description := set(s.id)
	if description == nil {
		return -int32(hostabi.ErrnoAbsent)
	}
	var found []Hit
	for i := range e.segments {
		r := &e.segments[i]
		found = services().Match(description, e.doc.doc.Src[r.Off:r.Off+r.Len], uint32(i), found)
	}
	copy(hits, found)
	return int32(len(found))
}

func hostMatchText(id int32, text string, hits []Hit) int32 {
	description := set(id)
	if description == nil {
		return -int32(hostabi.ErrnoAbsent)
	}
	found := services().Match(description, []byte(text), 0, nil)
	copy(hits, found)
	return int32(len(found))
}

func hostCall(_ uint32, r *FetchRequest, headers string, body *Out) int32 {
	return services().Call(&HTTPCall{r.Upstream, r.Method, r.Path, headers, body.ops, body.lit, r.Timeout, r.MaxBytes})
}

func hostTimer(_ uint32, ms int) int32 { return services().Timer(ms) }

func hostKVGet(_ uint32, scope Scope, key string) (string, bool) { return services().KVGet(scope, key) }

func hostKVSet(_ uint32, scope Scope, key, value string, ms int) int32 {
	return services().KVSet(scope, key, value, ms)
}

func hostKVDelete(_ uint32, scope Scope, key string) int32 { return services().KVDelete(scope, key) }

func hostKVAdd(_ uint32, scope Scope, key string, delta int64, ms int) (int64, int32) {
	return services().KVAdd(scope, key, delta, ms)
}

func hostMetric(_ hostabi.MetricKind, name string) int32 {
	metrics = append(metrics, name)
	return int32(len(metrics))
}

func hostMeasure(id int32, value int64) {
	if s, ok := native.(Services); ok && id > 0 && int(id) <= len(metrics) {
		s.Measure(metrics[id-1], value)
	}
}
