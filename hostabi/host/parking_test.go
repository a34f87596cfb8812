package host

import (
	"encoding/binary"

	"github.com/sluice-gateway/sluice/hostabi"
)

const opReturn = 0x0f

// callAt is where the guests that wait keep the description of their call.
const callAt = textAt

// callTo is an HTTPCall with its texts behind it. The body has n literal bytes: the first of the upstream's name.
func callTo(at uint32, upstream, method, path, headers string, n uint32) []byte {
	var c []byte
	word := func(values ...uint32) {
		for _, v := range values {
			c = binary.LittleEndian.AppendUint32(c, v)
		}
	}
	ops := at + hostabi.HTTPCallSize
	next := ops + 12
	names := next
	for _, s := range []string{upstream, method, path, headers} {
		word(next, uint32(len(s)))
		next += uint32(len(s))
	}
	word(ops, 1, names, n, 250, 4096)
	word(0, 0, n)
	return append(c, upstream+method+path+headers...)
}

// Indices of the imports of a guest that waits.
const (
	doCall = iota
	doTimer
	doCancel
	doBlock
	doEmit
)

// parking returns a guest that counts its events and does what it is told in each of them; in others it returns Pass.
func parking(events map[hostabi.Event][]byte) *module {
	m := minimal()
	m.imported(hostabi.Module, hostabi.ImportCall, "iii:i").imported(hostabi.Module, hostabi.ImportTimer, "ii:i").
		imported(hostabi.Module, hostabi.ImportCancel, "ii:i").imported(hostabi.Module, hostabi.ImportBlock, "iiii:i").
		imported(hostabi.Module, hostabi.ImportEmit, "iiiiii:i")
	m.data = string(callTo(callAt, "up", "", "/check?x=1", "x-test: 1", 2))
	body := countEvent()
	for event, code := range events {
		body = append(body, onEvent(event, code)...)
	}
	return m.with(hostabi.ExportEvent, "iiii:i", body, constant(0))
}

// answer returns from the event.
func answer(r hostabi.Result) []byte { return join(constant(int32(r)), []byte{opReturn}) }

// startCall makes an HTTP call, startTimer one that ends after so many milliseconds.
func startCall() []byte {
	return join(local(0), constant(callAt), constant(hostabi.HTTPCallSize), call(doCall), []byte{opDrop})
}

func startTimer(ms int32) []byte {
	return join(local(0), constant(ms), call(doTimer), []byte{opDrop})
}

func cancelWait(id int32) []byte { return join(local(0), constant(id), call(doCancel), []byte{opDrop}) }

// blockNow refuses the exchange with a status and no message.
func blockNow(status int32) []byte {
	return join(local(0), constant(status), constant(0), constant(0), call(doBlock), []byte{opDrop})
}

// unless runs body while fewer than n events have come, the one at hand included.
func unless(n int32, body ...[]byte) []byte {
	return join(constant(countAt), load(), constant(n), []byte{opLess, opIf, void}, join(body...), []byte{opEnd})
}
