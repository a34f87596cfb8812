package store

import "testing"

// SetFew says for a test how many rows of sums are few.
func SetFew(t *testing.T, n int) {
	before := fewRows
	fewRows = n
	t.Cleanup(func() { fewRows = before })
}
