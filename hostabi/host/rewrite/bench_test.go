package rewrite

import (
	"context"
	"testing"

	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/imports/wasi_snapshot_preview1"
)

// BenchmarkGoGuest shows what fuel costs a Go guest and what threaded jumps give back.
func BenchmarkGoGuest(b *testing.B) {
	wasm := needGoGuest(b)
	text := sampleText(5000)
	for _, v := range []struct {
		name string
		o    Options
	}{{"plain", Options{}}, {"fuel", Options{Fuel: true}}, {"jumps", Options{JumpThreading: true}}, {"both", Options{Fuel: true, JumpThreading: true}}} {
		m, err := Rewrite(wasm, v.o)
		if err != nil {
			b.Fatal(err)
		}
		g := startGo(b, m, text)
		for work, name := range workNames {
			b.Run(v.name+"/"+name, func(b *testing.B) {
				for b.Loop() {
					if _, err := g.call("run", uint64(work), uint64(len(text))); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		g.done()
	}
}

// BenchmarkLoops shows what fuel costs loops as other compilers make them.
func BenchmarkLoops(b *testing.B) {
	var kernels builder
	kernels.memory(1)
	countDown := cat(opLocalGet, 0, opI32Const, 1, 0x6b, opLocalTee, 0, opBrIf, 0, opEnd)
	kernels.fn("count", "i:", "", opLoop, empty, countDown)
	kernels.fn("sum", "i:i", "i", opLoop, empty, opLocalGet, 1, opLocalGet, 0, 0x2d, 0, 0, 0x6a, opLocalSet, 1, countDown, opLocalGet, 1)
	kernels.fn("calls", "i:", "", opLoop, empty, opLocalGet, 0, opCall, 3, 0x1a, countDown)
	kernels.fn("", "i:i", "", opLocalGet, 0, opIf, empty, opI32Const, 0, opCall, 3, 0x1a, opEnd, opLocalGet, 0)
	for _, v := range []struct {
		name string
		o    Options
	}{{"plain", Options{}}, {"fuel", Options{Fuel: true}}} {
		g, err := start(b, mustRewrite(b, kernels.bytes(), v.o), 0)
		if err != nil {
			b.Fatal(err)
		}
		for _, kernel := range []string{"count", "sum", "calls"} {
			b.Run(v.name+"/"+kernel, func(b *testing.B) {
				for b.Loop() {
					if _, err := g.call(kernel, 60_000); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
		g.done()
	}
}

func BenchmarkRewrite(b *testing.B) {
	wasm := needGoGuest(b)
	b.SetBytes(int64(len(wasm)))
	b.ReportAllocs()
	for b.Loop() {
		mustRewrite(b, wasm, everything)
	}
}

// BenchmarkInstantiate compares a Go guest that brings its data segments with one whose data the host writes.
func BenchmarkInstantiate(b *testing.B) {
	wasm := needGoGuest(b)
	for _, v := range []struct {
		name string
		o    Options
	}{{"plain", Options{}}, {"stripped", Options{StripData: true}}} {
		b.Run(v.name, func(b *testing.B) {
			ctx := context.Background()
			r := wazero.NewRuntime(ctx)
			defer r.Close(ctx)
			wasi_snapshot_preview1.MustInstantiate(ctx, r)
			m := mustRewrite(b, wasm, v.o)
			c, err := r.CompileModule(ctx, m.Wasm)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				instance, err := r.InstantiateModule(ctx, c, wazero.NewModuleConfig().WithName("").WithStartFunctions())
				if err != nil {
					b.Fatal(err)
				}
				for _, s := range m.Data {
					instance.Memory().Write(s.Offset, s.Bytes)
				}
				instance.Close(ctx)
			}
		})
	}
}
