package endpoint

import (
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var (
	keyMessages = tape.MustIntern("messages")
	keyPrompt   = tape.MustIntern("prompt")
	keyInput    = tape.MustIntern("input")
	keyRole     = tape.MustIntern("role")
)

// validate refuses requests that no provider could serve.
func validate(f *pipeline.Flight) *core.Error {
	switch f.Endpoint {
	case core.Chat:
		return validateMessages(&f.Doc)
	case core.Completions:
		return present(&f.Doc, keyPrompt)
	case core.Embeddings, core.Moderations:
		return present(&f.Doc, keyInput)
	}
	return nil
}

func validateMessages(d *tape.Doc) *core.Error {
	list := d.Get(0, keyMessages)
	if list < 0 {
		return invalid("messages", "is required")
	}
	n := &d.Nodes[list]
	if n.Kind != tape.Array {
		return invalid("messages", "must be a list")
	}
	if n.Flags&tape.Flat != 0 {
		return invalid("messages", "must be a list of objects")
	}
	if int(n.Next) == list+1 {
		return invalid("messages", "must have at least one message")
	}
	for m := list + 1; m < int(n.Next); m = int(d.Nodes[m].Next) {
		if d.Nodes[m].Kind != tape.Object {
			return invalid("messages", "must be a list of objects")
		}
		if role := d.Get(m, keyRole); role < 0 || d.Nodes[role].Kind != tape.String {
			return invalid("messages", "must each have a role")
		}
	}
	return nil
}

// present checks for text: a string, or a list of strings, of tokens, of lists of tokens.
func present(d *tape.Doc, key tape.Atom) *core.Error {
	i := d.Get(0, key)
	if i < 0 || d.Nodes[i].Kind == tape.Null {
		return invalid(key.Name(), "is required")
	}
	switch n := &d.Nodes[i]; n.Kind {
	case tape.String:
		return nil
	case tape.Array:
		if n.Flags&tape.Flat != 0 || int(n.Next) > i+1 {
			return nil
		}
		return invalid(key.Name(), "must not be empty")
	}
	return invalid(key.Name(), "must be a string or a list")
}

func invalid(name, text string) *core.Error {
	return &core.Error{Class: core.BadRequest, Param: name, Message: "litellm.BadRequestError: " + name + " " + text}
}
