package config

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// The implicit types of PyYAML, LiteLLM's parser. yaml.v3 follows YAML 1.2 instead, and a deployment id depends on
// whether `1e-6` is a number.
var (
	pyNull  = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
	pyTrue  = regexp.MustCompile(`^(?:yes|Yes|YES|true|True|TRUE|on|On|ON)$`)
	pyFalse = regexp.MustCompile(`^(?:no|No|NO|false|False|FALSE|off|Off|OFF)$`)
	pyInt   = regexp.MustCompile(`^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0[0-7_]+|0|[1-9][0-9_]*)$`)
	pyClock = regexp.MustCompile(`^[-+]?[1-9][0-9_]*(?::[0-5]?[0-9])+$`)
	pyFloat = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
)

// maxDigits bounds the work a number can cause; longer ones stay text.
const maxDigits = 400

// setPlain types n by its unquoted text. A number that is not finite comes out as the text it was.
func (n *node) setPlain(s string) {
	n.kind, n.text = text, s
	switch {
	case pyNull.MatchString(s):
		n.kind = null
	case pyTrue.MatchString(s):
		n.kind, n.truth = boolean, true
	case pyFalse.MatchString(s):
		n.kind = boolean
	case len(s) > maxDigits:
	case pyInt.MatchString(s):
		n.setInteger(wholeNumber(s))
	case pyClock.MatchString(s):
		n.setInteger(clockNumber(s))
	case pyFloat.MatchString(s):
		n.setFloat(s)
	}
}

func (n *node) setInteger(i *big.Int) {
	if i != nil {
		n.kind, n.number = integer, i.String()
	}
}

func (n *node) setFloat(s string) {
	f, err := strconv.ParseFloat(strings.ReplaceAll(s, "_", ""), 64)
	if err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
		n.kind, n.number = float, pythonFloat(f)
	}
}

// wholeNumber reads YAML 1.1 integers: 12, 1_000, 0x1f, 0b11 and octal 017. It returns nil for prefixes without digits.
func wholeNumber(s string) *big.Int {
	s = strings.TrimPrefix(strings.ReplaceAll(s, "_", ""), "+")
	i, ok := new(big.Int).SetString(s, 0)
	if !ok {
		return nil
	}
	return i
}

// clockNumber reads the base 60 integers of YAML 1.1: 1:30 is 90.
func clockNumber(s string) *big.Int {
	s = strings.ReplaceAll(s, "_", "")
	digits, negative := strings.CutPrefix(s, "-")
	sum, sixty := new(big.Int), big.NewInt(60)
	for part := range strings.SplitSeq(strings.TrimPrefix(digits, "+"), ":") {
		value, _ := new(big.Int).SetString(part, 10)
		sum.Add(sum.Mul(sum, sixty), value)
	}
	if negative {
		sum.Neg(sum)
	}
	return sum
}
