package rewrite

// regionWeight is the weight of a dispatch function's text that is paid for in one piece.
const regionWeight = 256

// dispatchWeight is that of a way through the loop and the table.
const dispatchWeight = 4

// ledger meters a dispatch function.
//
// Its text is cut into regions at labels. Who passes a label that begins a region pays for all of the region. Who jumps
// or leaps to any other label pays for what is left of that label's region, and who jumps gets back what is left of the
// region that is left behind. So at every point the rest of the region is paid, and as execution only goes forward in
// the text otherwise, all that is executed is. A loop costs the text between the label it goes back to and the jump.
// The loop instruction checks; there all jumps and calls come by.
type ledger struct {
	position []int64 // weight of the text before each instruction
	begin    []bool  // whether a region begins at a label
	rest     []int64 // weight from a label to the end of its region
	ends     []int64 // position where the region of a label ends
}

// measureDispatch fills charges for a dispatch function. Leading charges aren't checked, the loop is.
func (t *meter) measureDispatch(d *dispatch, ins []instr) {
	t.charges, t.bulk = t.charges[:0], false
	l := &t.ledger
	l.weigh(t, d, ins)
	l.regions(d)
	t.enter(d, ins)
	t.walk(d)
}

// weigh fills the positions.
func (l *ledger) weigh(t *meter, d *dispatch, ins []instr) {
	l.position = l.position[:0]
	var sum int64
	for i := range ins {
		l.position = append(l.position, sum)
		if ins[i].edit != drop {
			sum += t.weigh(&ins[i])
		}
	}
}

// regions cuts the text.
func (l *ledger) regions(d *dispatch) {
	l.begin, l.rest, l.ends = l.begin[:0], l.rest[:0], l.ends[:0]
	from := int64(0)
	for k, at := range d.labels {
		p := l.position[at]
		begins := k > 0 && p-from >= regionWeight
		if k == 0 || begins {
			from = p
		}
		l.begin = append(l.begin, begins)
		l.rest, l.ends = append(l.rest, 0), append(l.ends, 0)
	}
	end := l.position[d.end]
	for k := len(d.labels) - 1; k >= 0; k-- {
		l.ends[k] = end
		l.rest[k] = end - l.position[d.labels[k]]
		if l.begin[k] {
			end = l.position[d.labels[k]]
		}
	}
}

// price is what a way to a label costs in front of it.
func (l *ledger) price(label int) int64 {
	if l.begin[label] {
		return 0
	}
	return l.rest[label]
}

// enter charges a call: for the code outside the loop and the first label. One that resumes at another label pays for
// the largest rest there is.
func (t *meter) enter(d *dispatch, ins []instr) {
	l := &t.ledger
	outside := l.position[d.loop] + l.position[len(ins)-1] - l.position[d.end]
	first := l.price(int(d.targets[0]))
	most := first
	for k := range d.labels {
		most = max(most, l.price(k))
	}
	t.pay(0, outside+first+dispatchWeight)
	if most > first {
		t.charges = append(t.charges, charge{at: d.loop, weight: most - first, kind: chargeResume})
	}
	t.charges = append(t.charges, charge{at: d.loop + 1, kind: chargeLoop})
}

// walk charges regions and ways in the order of the text.
func (t *meter) walk(d *dispatch) {
	l, ways := &t.ledger, d.ways
	for k, at := range d.labels {
		if l.begin[k] {
			t.pay(at+1, l.rest[k])
		}
		for len(ways) > 0 && ways[0].label == k {
			t.way(ways[0])
			ways = ways[1:]
		}
	}
}

func (t *meter) way(w way) {
	l := &t.ledger
	price, end := l.price(w.to), l.ends[w.label]
	if w.jump {
		t.pay(w.at, price-(end-l.position[w.at+3])+dispatchWeight)
	} else if left := end - l.position[w.at+1]; price > left {
		t.pay(w.at, price-left)
	}
}

func (t *meter) pay(at int, weight int64) {
	t.charges = append(t.charges, charge{at: at, weight: weight, kind: chargeLabel})
}
