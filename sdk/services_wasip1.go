//go:build wasip1

package sdk

import (
	"unsafe"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

//go:wasmimport sluice1 header
func importHeader(ctx uint32, name unsafe.Pointer, nlen uint32, ptr unsafe.Pointer, limit uint32) int32

//go:wasmimport sluice1 edit
func importEdit(ctx, segment, from, to uint32, ptr unsafe.Pointer, n, flags uint32) int32

//go:wasmimport sluice1 block
func importBlock(ctx uint32, status int32, ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 flag
func importFlag(ctx uint32, ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 match_set
func importMatchSet(ptr unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 match
func importMatch(ctx uint32, set, segment int32, hits unsafe.Pointer, limit uint32) int32

//go:wasmimport sluice1 match_text
func importMatchText(set int32, ptr unsafe.Pointer, n uint32, hits unsafe.Pointer, limit uint32) int32

//go:wasmimport sluice1 http_call
func importCall(ctx uint32, desc unsafe.Pointer, size uint32) int32

//go:wasmimport sluice1 timer
func importTimer(ctx uint32, ms int32) int32

//go:wasmimport sluice1 kv_get
func importKVGet(ctx uint32, scope int32, key unsafe.Pointer, klen uint32, ptr unsafe.Pointer, limit uint32) int32

//go:wasmimport sluice1 kv_set
func importKVSet(ctx uint32, scope int32, key unsafe.Pointer, klen uint32, ptr unsafe.Pointer, n, ttl uint32) int32

//go:wasmimport sluice1 kv_delete
func importKVDelete(ctx uint32, scope int32, key unsafe.Pointer, klen uint32) int32

//go:wasmimport sluice1 kv_add
func importKVAdd(ctx uint32, scope int32, key unsafe.Pointer, klen uint32, delta int64, ttl uint32, ptr unsafe.Pointer) int32

//go:wasmimport sluice1 metric
func importMetric(kind int32, name unsafe.Pointer, n uint32) int32

//go:wasmimport sluice1 measure
func importMeasure(id int32, value int64) int32

func hostHeader(ctx uint32, name string) string {
	n := importHeader(ctx, ptr(name), uint32(len(name)), unsafe.Pointer(&scratch), maxShort)
	if n <= 0 {
		return ""
	}
	if n <= maxShort {
		return string(scratch[:n])
	}
	b := make([]byte, n)
	importHeader(ctx, ptr(name), uint32(len(name)), unsafe.Pointer(&b[0]), uint32(n))
	return string(b)
}

func hostEdit(ctx uint32, h Hit, with string) int32 {
	return importEdit(ctx, h.Segment, h.From, h.To, ptr(with), uint32(len(with)), 0)
}

func hostBlock(ctx uint32, status int, message string) int32 {
	return importBlock(ctx, int32(status), ptr(message), uint32(len(message)))
}

func hostFlag(ctx uint32, label string) int32 { return importFlag(ctx, ptr(label), uint32(len(label))) }

func hostMatchSet(description []byte) int32 {
	return importMatchSet(unsafe.Pointer(unsafe.SliceData(description)), uint32(len(description)))
}

func (e *Exchange) match(set Set, hits []Hit) int32 {
	return importMatch(e.ctx, set.id, -1, unsafe.Pointer(unsafe.SliceData(hits)), uint32(len(hits)))
}

func hostMatchText(set int32, text string, hits []Hit) int32 {
	return importMatchText(set, ptr(text), uint32(len(text)), unsafe.Pointer(unsafe.SliceData(hits)), uint32(len(hits)))
}

// calling is the call that is being described, and what it points to: globals, so that nothing of it lies on a stack that
// moves.
var calling struct {
	record                          hostabi.HTTPCall
	upstream, method, path, headers string
	ops                             []tape.Op
	lit                             []byte
}

func hostCall(ctx uint32, r *FetchRequest, headers string, body *Out) int32 {
	c := &calling
	c.upstream, c.method, c.path, c.headers, c.ops, c.lit = r.Upstream, r.Method, r.Path, headers, body.ops, body.lit
	c.record = hostabi.HTTPCall{
		Upstream: address(ptr(c.upstream)), UpstreamLen: uint32(len(c.upstream)),
		Method: address(ptr(c.method)), MethodLen: uint32(len(c.method)),
		Path: address(ptr(c.path)), PathLen: uint32(len(c.path)),
		Headers: address(ptr(c.headers)), HeadersLen: uint32(len(c.headers)),
		Ops: address(unsafe.Pointer(unsafe.SliceData(c.ops))), OpsLen: uint32(len(c.ops)),
		Lit: address(unsafe.Pointer(unsafe.SliceData(c.lit))), LitLen: uint32(len(c.lit)),
		Timeout: uint32(max(r.Timeout, 0)), MaxBytes: uint32(max(r.MaxBytes, 0)),
	}
	id := importCall(ctx, unsafe.Pointer(&c.record), hostabi.HTTPCallSize)
	c.upstream, c.method, c.path, c.headers, c.ops, c.lit = "", "", "", "", nil, nil
	return id
}

func address(p unsafe.Pointer) uint32 { return uint32(uintptr(p)) }

func hostTimer(ctx uint32, ms int) int32 { return importTimer(ctx, int32(ms)) }

func hostKVGet(ctx uint32, scope Scope, key string) (string, bool) {
	n := importKVGet(ctx, int32(scope), ptr(key), uint32(len(key)), unsafe.Pointer(&scratch), maxShort)
	if n < 0 {
		return "", false
	}
	if n <= maxShort {
		return string(scratch[:n]), true
	}
	b := make([]byte, n)
	// Between the two questions another instance may have stored another value.
	if again := importKVGet(ctx, int32(scope), ptr(key), uint32(len(key)), unsafe.Pointer(&b[0]), uint32(n)); again != n {
		return hostKVGet(ctx, scope, key)
	}
	return string(b), true
}

func hostKVSet(ctx uint32, scope Scope, key, value string, ms int) int32 {
	return importKVSet(ctx, int32(scope), ptr(key), uint32(len(key)), ptr(value), uint32(len(value)), uint32(max(ms, 0)))
}

func hostKVDelete(ctx uint32, scope Scope, key string) int32 {
	return importKVDelete(ctx, int32(scope), ptr(key), uint32(len(key)))
}

// sum is what the host writes counters to.
var sum int64

func hostKVAdd(ctx uint32, scope Scope, key string, delta int64, ms int) (int64, int32) {
	sum = 0
	result := importKVAdd(ctx, int32(scope), ptr(key), uint32(len(key)), delta, uint32(max(ms, 0)), unsafe.Pointer(&sum))
	return sum, result
}

func hostMetric(kind hostabi.MetricKind, name string) int32 {
	return importMetric(int32(kind), ptr(name), uint32(len(name)))
}

func hostMeasure(id int32, value int64) { importMeasure(id, value) }
