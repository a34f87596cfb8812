package core

import (
	"math"
	"strconv"
)

// Megabytes writes a number of bytes in MB, unrounded.
func Megabytes(bytes int) string {
	return strconv.FormatFloat(float64(bytes)/(1<<20), 'f', -1, 64)
}

// LimitMegabytes writes a limit in MB, to four decimals: limits are whole bytes, and 0.01 in the configuration should not
// be told as 0.00999928.
func LimitMegabytes(bytes int) string {
	const precision = 1e4
	return strconv.FormatFloat(math.Round(float64(bytes)/(1<<20)*precision)/precision, 'f', -1, 64)
}
