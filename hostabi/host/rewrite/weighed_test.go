package rewrite

import "testing"

// weighed returns a module that takes the exact weight of each instruction before it is executed.
func weighed(t testing.TB, wasm []byte, threading bool) *Module {
	t.Helper()
	m, err := decode(wasm)
	if err != nil {
		t.Fatal(err)
	}
	w := newWriter(m, Options{Fuel: true})
	for i, f := range m.functions {
		if w.open, err = m.decodeBody(i, &w.body, w.open); err != nil {
			t.Fatal(err)
		}
		ins := w.body.instructions
		if threading && m.types[f.typ].dispatch && w.dispatch.recognize(wasm, ins) {
			w.dispatch.thread(ins)
		}
		var charges []charge
		w.meter.bulk = false
		for at := range ins {
			if weight := w.meter.weigh(&ins[at]); weight > 0 && ins[at].edit != drop {
				charges = append(charges, charge{at: at, weight: weight, kind: chargeLabel})
			}
		}
		out := w.emit.function(&w.body, charges, w.meter.bulk)
		w.bodies = append(appendU32(w.bodies, uint32(len(out))), out...)
	}
	if err := w.plan(); err != nil {
		t.Fatal(err)
	}
	return &Module{Wasm: w.module()}
}
