package rewrite

// thread turns the jumps that lead forward in the text into branches out of their label's block, which is open there.
// Nothing else reads local 0, so it need not be set.
func (d *dispatch) thread(ins []instr) (threaded int) {
	for i := range d.ways {
		w := &d.ways[i]
		if !w.jump || w.to <= w.label {
			continue
		}
		ins[w.at].edit, ins[w.at+1].edit = drop, drop
		br := &ins[w.at+2]
		br.edit, br.arg = replace, w.nested+uint32(w.to-w.label-1)
		w.at, w.jump = w.at+2, false
		threaded++
	}
	return threaded
}

// jumps counts the ways through the loop.
func (d *dispatch) jumps() (n int) {
	for _, w := range d.ways {
		if w.jump {
			n++
		}
	}
	return n
}
