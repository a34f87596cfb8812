package host

import (
	"sync"
	"testing"
)

// TestCompiledOnce checks that plugins of one module share its code, and that the last one frees it.
func TestCompiledOnce(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	var plugins [4]*Plugin
	var all sync.WaitGroup
	for i := range plugins {
		all.Go(func() {
			p, err := r.Load(t.Context(), "test", minimal().wasm(), []byte{byte('0' + i)}, Grants{})
			if err != nil {
				t.Error(err)
			}
			plugins[i] = p
		})
	}
	all.Wait()
	other := mustLoad(t, r, parking(nil).wasm(), `{}`)
	if len(r.compiled) != 2 || other.code == plugins[0].code {
		t.Errorf("%d modules of 2 are compiled", len(r.compiled))
	}
	for i, p := range plugins {
		if p.code != plugins[0].code || p.code.refs != len(plugins)-i {
			t.Errorf("plugin %d has code of its own, used by %d", i, p.code.refs)
		}
		c := opened(t, p)
		must(t, c, `{}`)
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if len(r.compiled) != 1 {
		t.Errorf("%d modules are kept", len(r.compiled))
	}
	mustLoad(t, r, minimal().wasm(), `{}`)
}

func TestFailedCompilationIsForgotten(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	for _, wasm := range [][]byte{nil, minimal().without("sluice_buf").wasm()} {
		if _, err := r.Load(t.Context(), "bad", wasm, nil, Grants{}); err == nil {
			t.Error("it is loaded")
		}
	}
	if _, err := r.Load(t.Context(), "bad", minimal().with("sluice_configure", "i:i", constant(1)).wasm(), nil, Grants{}); err == nil {
		t.Error("it is loaded")
	}
	if len(r.compiled) != 0 {
		t.Errorf("%d modules are kept", len(r.compiled))
	}
}
