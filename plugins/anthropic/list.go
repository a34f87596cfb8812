package main

import "github.com/sluice-gateway/sluice/sdk"

// list writes an array that is left out when nothing comes into it.
type list struct {
	o     *sdk.Out
	open  string // what begins it: a comma, a key and a bracket
	count int
}

// next makes room for one more element.
func (l *list) next() *sdk.Out {
	l.count++
	if l.count == 1 {
		return l.o.Lit(l.open)
	}
	return l.o.Lit(",")
}

// end closes the array if it was begun.
func (l *list) end() {
	if l.count > 0 {
		l.o.Lit("]")
	}
}
