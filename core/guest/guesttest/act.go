// Package guesttest makes tiny plugins for tests: guests of a few instructions that answer an event in one way.
package guesttest

import (
	"encoding/binary"
	"testing"

	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Act is what a guest does with each event.
type Act struct {
	imports []string
	memory  []byte // from literalAt
	code    []byte
}

// Pass answers nothing.
func Pass() Act { return Act{code: number(int32(hostabi.Pass))} }

// Trap crashes.
func Trap() Act { return Act{code: []byte{opUnreachable}} }

// Result ends the event with a result, negative ones fail it.
func Result(r hostabi.Result) Act { return Act{code: number(int32(r))} }

// Spin runs until its fuel is used up.
func Spin() Act { return Act{code: []byte{opLoop, void, opBranch, 0, opEnd, opUnreachable}} }

// Emit gives out a body.
func Emit(body string) Act {
	op := tape.Op{Kind: tape.OpLit, Len: uint32(len(body))}
	return Act{
		imports: []string{hostabi.ImportEmit},
		memory:  append(operation(op), body...),
		code: join(local(0), number(int32(hostabi.OutBody)), number(literalAt), number(1), number(literalAt+tape.OpSize),
			number(int32(len(body))), invoke(0), number(int32(hostabi.Done))),
	}
}

// Fail fails the exchange.
func Fail(class hostabi.Class, status int, message string) Act {
	return Act{
		imports: []string{hostabi.ImportFail},
		memory:  []byte(message),
		code: join(local(0), number(int32(class)), number(int32(status)), number(literalAt), number(int32(len(message))), invoke(0),
			number(int32(hostabi.Done))),
	}
}

// Post sends each event's document to the path of an upstream, and is done when the reply comes.
func Post(upstream, path string) Act {
	const call, op, text = literalAt, literalAt + hostabi.HTTPCallSize, literalAt + hostabi.HTTPCallSize + tape.OpSize
	fields := [hostabi.HTTPCallSize / 4]uint32{
		text, uint32(len(upstream)), 0, 0, text + uint32(len(upstream)), uint32(len(path)), 0, 0, op, 1,
	}
	var memory []byte
	for _, f := range fields {
		memory = binary.LittleEndian.AppendUint32(memory, f)
	}
	memory = append(memory, operation(tape.Op{Kind: tape.OpRaw, Doc: 1})...)
	const opLength, documentLength = op + 8, bufferAt + 8 // of the operation, and of the event's header
	start := join(number(opLength), number(documentLength), load(), store(),
		local(0), number(call), number(hostabi.HTTPCallSize), invoke(0))
	return Act{
		imports: []string{hostabi.ImportCall},
		memory:  append(memory, upstream+path...),
		code: join(local(1), number(int32(hostabi.EventCall)), []byte{opEqual, opIf, i32}, number(int32(hostabi.Done)),
			[]byte{opElse}, start, number(int32(hostabi.Pending)), []byte{opEnd}),
	}
}

func operation(o tape.Op) []byte {
	b := []byte{byte(o.Kind), 0}
	b = binary.LittleEndian.AppendUint16(b, o.Doc)
	b = binary.LittleEndian.AppendUint32(b, o.Off)
	return binary.LittleEndian.AppendUint32(b, o.Len)
}

// Plugin loads a guest that does act with each event, and unloads it when the test ends.
func Plugin(t testing.TB, kind string, act Act, grants host.Grants) *guest.Plugin {
	t.Helper()
	r, err := host.New(t.Context(), host.Options{Log: func(_ string, _ int, message string) { t.Log(message) }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close(t.Context()) })
	h, err := r.Load(t.Context(), "tiny", act.Module(), []byte(`{"settings":{}}`), grants)
	if err != nil {
		t.Fatal(err)
	}
	p := &guest.Plugin{Name: "tiny", Version: "1.0.0", Host: h, Kind: kind, Hooks: map[string]bool{}}
	for hook := range hostabi.Hooks[kind] {
		p.Hooks[hook] = true
	}
	return p
}
