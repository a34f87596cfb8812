package sdktest

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/cases"
	"github.com/sluice-gateway/sluice/sdk"
)

// AllocatesNothing fails the test when the guard in dir, in the settings of a case, allocates for a text that it neither
// edits nor blocks. It measures natively, where allocations can be counted.
func AllocatesNothing(t *testing.T, dir string, around Case, stage, text string) {
	t.Helper()
	p := Native(t, dir)
	config, err := cases.Config(p.Manifest, around.Settings)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.runner.Open(&cases.Setup{Config: config, Attrs: around.Attrs, Headers: around.Headers})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	x := s.(*nativeSession)
	sdk.Attach(x)
	event := hostabi.Hooks["guard"][stage]
	segments := []hostabi.Segment{{Len: uint32(len(text)), Role: hostabi.RoleUser, Part: hostabi.PartText, Flags: hostabi.SegmentFinal}}
	h, src := hostabi.Header{Doc: 1, Nodes: 1, Bytes: uint32(len(text))}, []byte(text)
	n := testing.AllocsPerRun(100, func() { sdk.DispatchText(x.ctx, event, h, src, segments) })
	if n > 0 {
		t.Errorf("%v allocations", n)
	}
	if len(x.verdict.Edits) > 0 || x.verdict.Block != nil {
		t.Errorf("the text %q is not one that passes", text)
	}
}
