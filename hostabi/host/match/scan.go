package match

// skim reads ASCII text from i on in state s, which has a row, as long as nothing else than states with rows in which no
// word ends follow. It returns where it stopped and the state there.
func (a *automaton) skim(text []byte, i int, s uint32) (int, uint32) {
	rows, symbols, at := a.rows, &a.bytes, s<<a.shift
	for ; i < len(text); i++ {
		next := rows[at+uint32(symbols[text[i]])]
		if next >= special {
			if next == stop {
				break
			}
			return i + 1, next &^ special
		}
		at = next
	}
	return i, at >> a.shift
}

// step reads one character, of any kind, in any state.
func (a *automaton) step(text []byte, i int, s uint32) (int, uint32) {
	label, n := a.decode(text[i:])
	for ; s >= a.dense; s = a.fail[s] {
		if c := a.child(s, label); c != 0 {
			return i + n, c
		}
	}
	next := a.rows[s<<a.shift+uint32(label)]
	if next >= special {
		return i + n, next &^ special
	}
	return i + n, next >> a.shift
}

// advance reads at least one character. It stops where a word ends, and may stop elsewhere.
func (a *automaton) advance(text []byte, i int, s uint32) (int, uint32) {
	if s < a.dense {
		if end, next := a.skim(text, i, s); end > i {
			return end, next
		}
	}
	return a.step(text, i, s)
}
