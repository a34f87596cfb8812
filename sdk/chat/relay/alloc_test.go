package relay_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

// idle is a host that does nothing.
type idle struct{}

func (idle) Attr(tape.Atom) (string, bool)                { return "", false }
func (idle) Parse([]byte) (uint32, *tape.Doc)             { return 0, nil }
func (idle) Emit(hostabi.Output, []tape.Op, []byte) error { return nil }
func (idle) Set(hostabi.Setting, string, string) error    { return nil }
func (idle) Fail(hostabi.Class, int, string)              {}
func (idle) Usage([hostabi.UsageCounters]uint32)          {}
func (idle) Log(int, string)                              {}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	exchange(t, "openai", hostabi.Chat, 0).Request(`{}`) // configures the vendors
	sdk.Attach(idle{})
	for _, tc := range []struct {
		name  string
		event hostabi.Event
		flags uint32
		text  string
	}{
		{"request passed", hostabi.EventRequest, 0, `{"model":"m","messages":[{"role":"user","content":"x"}]}`},
		{"request asking for usage", hostabi.EventRequest, hostabi.FlagStream, `{"model":"m","messages":[{"role":"user","content":"x"}]}`},
		{"request without system", hostabi.EventRequest, hostabi.FlagNoSystem, `{"messages":[{"role":"system","content":"x"},{"role":"user","content":"x"}]}`},
		{"chunk passed", hostabi.EventChunk, hostabi.FlagStream, chunkHead + says},
		{"chunk with null usage", hostabi.EventChunk, hostabi.FlagStream, chunkHead + `[{"index":0,"delta":{"content":"x"}}],"usage":null}`},
		{"chunk with a role", hostabi.EventChunk, hostabi.FlagStream, chunkHead + `[{"index":0,"delta":{"role":"assistant","content":"x"}}]}`},
		{"chunk with usage", hostabi.EventChunk, hostabi.FlagStream, chunkHead + `[{"index":0,"delta":{"content":"x"}}],"usage":{"prompt_tokens":100000,"completion_tokens":2}}`},
	} {
		doc := &tape.Doc{}
		if err := doc.Scan([]byte(tc.text)); err != nil {
			t.Fatal(err)
		}
		h := hostabi.Header{Doc: 1, Nodes: uint32(len(doc.Nodes)), Bytes: uint32(len(doc.Src)), Endpoint: uint32(hostabi.Chat), Flags: tc.flags}
		send := func() { sdk.Dispatch(1, tc.event, h, doc) }
		send()
		if n := testing.AllocsPerRun(100, send); n > 0 {
			t.Errorf("%s: %v allocations", tc.name, n)
		}
	}
}
