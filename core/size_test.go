package core

import "testing"

func TestMegabytes(t *testing.T) {
	for _, tc := range []struct {
		bytes          int
		exactly, limit string
	}{
		{0, "0", "0"},
		{1 << 20, "1", "1"},
		{3 << 19, "1.5", "1.5"},
		{10485, "0.009999275207519531", "0.01"},
		{104, "0.00009918212890625", "0.0001"},
	} {
		if got := Megabytes(tc.bytes); got != tc.exactly {
			t.Errorf("Megabytes(%d) = %s", tc.bytes, got)
		}
		if got := LimitMegabytes(tc.bytes); got != tc.limit {
			t.Errorf("LimitMegabytes(%d) = %s", tc.bytes, got)
		}
	}
}
