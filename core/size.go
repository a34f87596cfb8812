package core

import (
	"math"
	"strconv"
)

// Megabytes writes a number of bytes in MB, unrounded.
func Megabytes(bytes int) string {
	return SizeOf(bytes).String()
}

// SizeLimit is how large a body may be, in MB and as the configuration has it; 0 = as large as it likes.
type SizeLimit float64

// SizeOf is a limit of whole bytes.
func SizeOf(bytes int) SizeLimit { return SizeLimit(bytes) / (1 << 20) }

// Bytes is the most that may come. A limit however small is one: a byte is no request.
func (l SizeLimit) Bytes() int {
	if l <= 0 {
		return 0
	}
	return int(min(max(float64(l)*(1<<20), 1), math.MaxInt32))
}

// String writes the limit in MB as Python does, whose messages it stands in.
func (l SizeLimit) String() string {
	form := byte('f')
	if l > 0 && l < 1e-4 {
		form = 'e'
	}
	return strconv.FormatFloat(float64(l), form, -1, 64)
}
