package core

import (
	"fmt"
	"math"
	"strconv"
)

// USD is an amount of money in billionths of a US dollar: sums are exact, whatever their order.
type USD int64

// Dollar is one US dollar.
const Dollar USD = 1e9

// Dollars converts an amount, rounding to the nearest billionth. Amounts beyond nine billion become that.
func Dollars(amount float64) USD {
	switch n := math.Round(amount * float64(Dollar)); {
	case n >= math.MaxInt64:
		return math.MaxInt64
	case n <= math.MinInt64:
		return math.MinInt64
	case n != n:
		return 0
	default:
		return USD(n)
	}
}

// Float returns the amount in dollars.
func (u USD) Float() float64 { return float64(u) / float64(Dollar) }

// MarshalJSON writes the amount as a number of dollars, with a fraction as LiteLLM does.
func (u USD) MarshalJSON() ([]byte, error) { return u.AppendJSON(nil), nil }

// AppendJSON appends what MarshalJSON writes.
func (u USD) AppendJSON(b []byte) []byte {
	start := len(b)
	b = strconv.AppendFloat(b, u.Float(), 'f', -1, 64)
	for _, c := range b[start:] {
		if c == '.' {
			return b
		}
	}
	return append(b, ".0"...)
}

// UnmarshalJSON reads a number of dollars.
func (u *USD) UnmarshalJSON(text []byte) error {
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) {
		return fmt.Errorf("%q is not an amount of dollars", text)
	}
	*u = Dollars(f)
	return nil
}
