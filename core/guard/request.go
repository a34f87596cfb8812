package guard

import (
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var keyGuardrails = tape.MustIntern("guardrails")

// appendRequests appends the guards that a request asks for: guardrails is a list of names, or of objects with a name
// for their only key.
func appendRequests(dst []Request, d *tape.Doc) ([]Request, *core.Error) {
	list := d.Get(0, keyGuardrails)
	if list < 0 || d.Nodes[list].Kind == tape.Null {
		return dst, nil
	}
	n := &d.Nodes[list]
	if n.Kind != tape.Array || n.Flags&tape.Flat != 0 {
		return dst, malformed()
	}
	for i := list + 1; i < int(n.Next); i = int(d.Nodes[i].Next) {
		r, ok := request(d, i)
		if !ok {
			return dst, malformed()
		}
		dst = append(dst, r)
	}
	return dst, nil
}

// request reads one member of the list. Its text outlives the request's bytes, which a stream gives back early.
func request(d *tape.Doc, i int) (Request, bool) {
	n := &d.Nodes[i]
	switch {
	case n.Kind == tape.String:
		return Request{Name: string(d.Text(i))}, true
	case n.Kind == tape.Object && int(n.Next) > i+1 && d.Nodes[i+1].Next == n.Next:
		r := Request{Name: d.Key(i + 1)}
		if kind := d.Nodes[i+1].Kind; kind == tape.Object {
			r.Extra = string(d.Raw(i + 1))
		}
		return r, true
	}
	return Request{}, false
}

func malformed() *core.Error {
	return &core.Error{Class: core.BadRequest, Param: "guardrails", Message: "litellm.BadRequestError: guardrails must be a list of names, " +
		`or of objects like {"name": {…}}`}
}
