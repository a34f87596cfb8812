package main

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/sluice-gateway/sluice/core/catalog/internal/pricelist"
)

// rulesOf flattens a condition into rules of which any must hold. It fails on an "and" of alternatives and on regular
// expressions Go cannot run.
func rulesOf(l logic) ([]pricelist.Rule, error) {
	switch {
	case l.Or != nil:
		return anyOf(l.Or)
	case l.And != nil:
		rule, err := allOf(l.And)
		return []pricelist.Rule{rule}, err
	case l.Regex != "":
		rule, err := regexRule(l.Regex)
		return []pricelist.Rule{rule}, err
	}
	rule := pricelist.Rule{
		Equals:   strings.ToLower(l.Equals),
		Prefix:   strings.ToLower(l.StartsWith),
		Suffix:   strings.ToLower(l.EndsWith),
		Contains: strings.ToLower(l.Contains),
	}
	if rule == (pricelist.Rule{}) {
		return nil, errors.New("empty condition, it would match every name")
	}
	return []pricelist.Rule{rule}, nil
}

func anyOf(parts []logic) ([]pricelist.Rule, error) {
	var all []pricelist.Rule
	for _, part := range parts {
		rules, err := rulesOf(part)
		if err != nil {
			return nil, err
		}
		all = append(all, rules...)
	}
	return all, nil
}

func allOf(parts []logic) (pricelist.Rule, error) {
	var all pricelist.Rule
	for _, part := range parts {
		rules, err := rulesOf(part)
		if err != nil {
			return all, err
		}
		if len(rules) != 1 {
			return all, errors.New("alternatives within \"and\" are not supported")
		}
		if err := merge(&all, rules[0]); err != nil {
			return all, err
		}
	}
	return all, nil
}

func merge(into *pricelist.Rule, from pricelist.Rule) error {
	pairs := []struct {
		to   *string
		from string
	}{
		{&into.Equals, from.Equals},
		{&into.Prefix, from.Prefix},
		{&into.Suffix, from.Suffix},
		{&into.Contains, from.Contains},
		{&into.Regex, from.Regex},
		{&into.Not, from.Not},
	}
	for _, p := range pairs {
		if p.from == "" {
			continue
		}
		if *p.to != "" {
			return fmt.Errorf("two conditions of one kind within \"and\": %q and %q", *p.to, p.from)
		}
		*p.to = p.from
	}
	return nil
}

// lookahead opens an expression that starts by excluding names, which Go's regexp has no notation for.
const lookahead = "^(?!"

func regexRule(expr string) (pricelist.Rule, error) {
	rule := pricelist.Rule{Regex: expr}
	if strings.HasPrefix(expr, lookahead) {
		end := groupEnd(expr, len("^"))
		if end < 0 {
			return rule, fmt.Errorf("unclosed group in %q", expr)
		}
		rule.Not = "^" + expr[len(lookahead):end]
		rule.Regex = ""
		if rest := expr[end+1:]; rest != "" {
			rule.Regex = "^" + rest
		}
	}
	for _, e := range []string{rule.Regex, rule.Not} {
		if _, err := regexp.Compile(e); err != nil {
			return rule, fmt.Errorf("compile %q: %w", expr, err)
		}
	}
	return rule, nil
}

// groupEnd returns the index of the parenthesis closing the one at open, -1 when there is none. Parentheses in escapes
// and character classes do not count.
func groupEnd(expr string, open int) int {
	depth, class := 0, false
	for i := open; i < len(expr); i++ {
		switch c := expr[i]; {
		case c == '\\':
			i++
		case class:
			class = c != ']'
		case c == '[':
			class = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
