package sdktest

import (
	"reflect"
	"slices"
	"testing"
	"unicode/utf8"
)

// FuzzEdits fuzzes the guard in dir with text, in the settings and with the calls of each of its cases but those that fail;
// their texts are the seeds. The guard must not crash or fail, valid UTF-8 must stay valid, it must judge alike natively and in wasm, and, with the hook window,
// alike however a stream is cut.
func FuzzEdits(f *testing.F, dir string) {
	list := slices.DeleteFunc(readCases(f, dir), func(c Case) bool { return c.Fail != nil })
	if len(list) == 0 {
		f.Fatalf("the folder %s has no cases to begin with", dir)
	}
	for i, c := range list {
		if c.Text != nil {
			f.Add(*c.Text, uint8(i), uint16(len(*c.Text)/2))
		}
		for _, s := range c.Segments {
			f.Add(s.Text, uint8(i), uint16(len(s.Text)/2))
		}
	}
	native, wasm := Native(f, dir), Wasm(f, dir)
	f.Fuzz(func(t *testing.T, text string, which uint8, at uint16) {
		if !utf8.ValidString(text) {
			return
		}
		c := list[int(which)%len(list)]
		for _, stage := range []string{"input", "output"} {
			if slices.Contains(native.Manifest.Hooks, stage) {
				judgeAlike(t, native, wasm, c, stage, text)
			}
		}
		if hooks := native.Manifest.Hooks; slices.Contains(hooks, "window") && slices.Contains(hooks, "output") {
			streamAlike(t, native, c, text, min(int(at), len(text)))
		}
	})
}

func judgeAlike(t *testing.T, native, wasm *Plugin, c Case, stage, text string) {
	n := native.on(t).With(c).CheckText(stage, text)
	w := wasm.on(t).With(c).CheckText(stage, text)
	if !reflect.DeepEqual(n, w) {
		t.Errorf("%s %q\nnatively %+v\nin wasm  %+v", stage, text, n, w)
	}
	if n.Failure != nil {
		t.Errorf("%s %q: %s", stage, text, n.Failure)
	}
	for _, got := range n.Texts {
		if !utf8.ValidString(got) {
			t.Errorf("%s %q became %q, which is not UTF-8", stage, text, got)
		}
	}
}

func streamAlike(t *testing.T, native *Plugin, c Case, text string, at int) {
	whole := native.on(t).With(c).CheckText("output", text)
	cut := native.on(t).With(c).CheckStream(text[:at], text[at:])
	if whole.Block == nil && cut.Block == nil && !slices.Equal(whole.Texts, cut.Texts) || (whole.Block == nil) != (cut.Block == nil) {
		t.Errorf("%q cut at byte %d\nas a whole %+v\nin pieces  %+v", text, at, whole, cut)
	}
}

// on returns the plugin with its messages going to another test.
func (p *Plugin) on(t testing.TB) *Plugin {
	other := *p
	other.t = t
	p.journal.turn(t)
	return &other
}
