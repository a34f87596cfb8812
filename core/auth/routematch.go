package auth

import "strings"

// fits reports whether a rule is about a path of the server's: {…} or * in the rule stands for one segment, * at its end for
// any text. Where the path has a segment that varies and the rule a certain text, the rule is about a part of what is served
// there: that counts only when partly is set.
func fits(rule, path string, partly bool) bool {
	rule, star := strings.CutSuffix(rule, "*")
	for {
		want, wants, deeper := strings.Cut(rule, "/")
		have, haves, more := strings.Cut(path, "/")
		switch {
		case partly && isRest(have):
			return true
		case star && !deeper:
			return strings.HasPrefix(have, want) || partly && isParameter(have)
		case want != have && want != "*" && !isParameter(want) && !(partly && isParameter(have)), deeper != more:
			return false
		case !deeper:
			return true
		}
		rule, path = wants, haves
	}
}

// isParameter reports whether a segment varies.
func isParameter(segment string) bool {
	return len(segment) > 1 && segment[0] == '{' && segment[len(segment)-1] == '}'
}

// isRest reports whether a segment, and all that follows, varies.
func isRest(segment string) bool { return isParameter(segment) && strings.HasSuffix(segment, ":*}") }

// routeList is a list of routes as the configuration or a key has it: paths, with {…} and a * at the end, and names of groups.
type routeList struct {
	groups group
	rules  []string
}

func newRouteList(names []string) routeList {
	var l routeList
	for _, name := range names {
		name = strings.TrimSpace(name)
		if g, ok := groupNamed(name); ok {
			l.groups |= g
		} else if name != "" {
			l.rules = append(l.rules, cleaned(name))
		}
	}
	return l
}

// cleaned is a rule as the table writes paths: a slash before and none behind.
func cleaned(rule string) string {
	if rule[0] != '/' && rule[0] != '*' {
		rule = "/" + rule
	}
	if len(rule) > 1 {
		rule = strings.TrimSuffix(rule, "/")
	}
	return rule
}

// covers reports whether the list is about all of the route: what it opens, it names.
func (l *routeList) covers(r *Route) bool {
	return l.groups&r.groups != 0 || l.fit(r.paths, false)
}

// touches reports whether the list is about any of the route, under any of its names: what it closes can't be reached
// another way.
func (l *routeList) touches(r *Route) bool {
	return l.groups&r.groups != 0 || l.fit(r.kin, true)
}

func (l *routeList) fit(paths []string, partly bool) bool {
	for _, rule := range l.rules {
		for _, p := range paths {
			if fits(rule, p, partly) {
				return true
			}
		}
	}
	return false
}
