package auth

import (
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
)

// Route is an API that the server has, under one path or several. It is what rules are about: they don't look at the path
// that a client wrote, so there is no spelling of it that gets around them. It is immutable.
type Route struct {
	// Path is the first of the paths, as messages name it.
	Path string
	// Endpoint is that of an API which calls a model.
	Endpoint core.Endpoint

	paths  []string
	kin    []string // the paths, and others under which the same is, or might be, done
	groups group
	reads  bool // nothing is changed
}

// NewRoute describes an API by its method and the paths that it is registered under, with {…} for segments that vary.
func NewRoute(method string, paths ...string) *Route {
	r := &Route{Path: paths[0], paths: paths}
	for _, p := range paths {
		r.kin = append(r.kin, p)
		if plain := unversioned(p); plain != p {
			r.kin = append(r.kin, plain)
		}
		r.kin = append(r.kin, twinsOf(p)...)
	}
	r.groups = groupsOf(r)
	r.reads = method == "GET" || method == "HEAD" || r.groups&readingRoutes != 0
	return r
}

// LLM are the APIs that call a model. Each is served as it stands, under /v1, and under the paths that name the model
// first.
var LLM = []*Route{
	llm(core.Chat, "/chat/completions"),
	llm(core.Completions, "/completions"),
	llm(core.Embeddings, "/embeddings"),
	llm(core.Moderations, "/moderations"),
}

// ModelPrefixes begin the paths that name the model, which is followed by the API's own path.
var ModelPrefixes = []string{"/engines/", "/v1/engines/", "/openai/deployments/"}

func llm(e core.Endpoint, path string) *Route {
	paths := []string{path, "/v1" + path}
	for _, prefix := range ModelPrefixes {
		paths = append(paths, prefix+"{model}"+path)
	}
	r := NewRoute("POST", paths...)
	r.Endpoint = e
	return r
}

// Unruled reports whether the route answers everybody at all times: what keeps a process alive and crawlers away must not
// depend on the configuration.
func (r *Route) Unruled() bool { return r.groups&unruledRoutes != 0 }

// Known reports whether the route is in the table of groups.
func (r *Route) Known() bool { return r.groups != 0 }

// unversioned is a path without the version that it may begin with.
func unversioned(path string) string {
	if len(path) > 3 && path[:2] == "/v" && '1' <= path[2] && path[2] <= '9' && path[3] == '/' {
		return path[3:]
	}
	return path
}

// twins are paths under which the same is done; those that end with a slash stand for all beneath them.
var twins = [][]string{
	{"/customer/", "/end_user/"},
	{"/customer/block", "/end_user/block", "/user/block"},
	{"/customer/unblock", "/end_user/unblock", "/user/unblock"},
	{"/key/regenerate", "/key/{key}/regenerate"},
	{"/user/list", "/user/get_users"},
}

func twinsOf(path string) []string {
	var found []string
	for _, row := range twins {
		i := slices.IndexFunc(row, func(t string) bool { return t == path || strings.HasSuffix(t, "/") && strings.HasPrefix(path, t) })
		if i < 0 {
			continue
		}
		for j, twin := range row {
			if j != i {
				found = append(found, twin+path[len(row[i]):])
			}
		}
	}
	return found
}
