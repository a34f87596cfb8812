package core

import (
	"math"
	"testing"
)

func TestMegabytes(t *testing.T) {
	for _, tc := range []struct {
		bytes int
		want  string
	}{
		{0, "0"},
		{1 << 20, "1"},
		{3 << 19, "1.5"},
		{10485, "0.009999275207519531"},
		{118, "0.0001125335693359375"},
		{104, "9.918212890625e-05"},
	} {
		if got := Megabytes(tc.bytes); got != tc.want {
			t.Errorf("Megabytes(%d) = %s", tc.bytes, got)
		}
	}
}

func TestSizeLimit(t *testing.T) {
	for _, tc := range []struct {
		limit SizeLimit
		bytes int
		text  string
	}{
		{0, 0, "0"},
		{0.01, 10485, "0.01"},
		{1e-9, 1, "1e-09"},
		{100, 100 << 20, "100"},
		{1e30, math.MaxInt32, "1000000000000000000000000000000"},
	} {
		if got := tc.limit.Bytes(); got != tc.bytes {
			t.Errorf("%v MB are %d bytes", float64(tc.limit), got)
		}
		if got := tc.limit.String(); got != tc.text {
			t.Errorf("%v MB are written %s", float64(tc.limit), got)
		}
	}
}
