package main

import "github.com/sluice-gateway/sluice/sdk"

// tools writes the tools, and leaves the list open for one more.
func (q *request) tools() list {
	l := list{o: q.o, open: `,"tools":[`}
	for t := elements(q.given[paramTools]); t.Exists(); t = t.Next() {
		q.tool(l.next(), t)
	}
	for f := elements(q.given[paramFunctions]); f.Exists(); f = f.Next() {
		declare(l.next(), f, f.Get(keyCacheControl))
	}
	if search := q.given[paramWebSearch]; search.IsObject() {
		webSearch(l.next(), search)
	}
	return l
}

var nameFunction = sdk.Name("function")

// tool writes one tool. Anthropic's own have other types and go as they are.
func (q *request) tool(o *sdk.Out, t sdk.Value) {
	f := t.Get(keyFunction)
	switch kind := t.Get(keyType); {
	case f.IsObject():
		cache := t.Get(keyCacheControl)
		if cache.IsNull() {
			cache = f.Get(keyCacheControl)
		}
		declare(o, f, cache)
	case kind.Is(nameFunction):
		declare(o, t, t.Get(keyCacheControl))
	default:
		q.betas.tool(kind.Atom())
		o.Raw(t)
	}
}

// declare writes the declaration of a function.
func declare(o *sdk.Out, f, cache sdk.Value) {
	o.Lit(`{"name":`).Raw(f.Get(keyName))
	if d := f.Get(keyDescription); !d.IsNull() {
		o.Lit(",").Member(d)
	}
	o.Lit(`,"input_schema":`)
	schema(o, f.Get(keyParameters))
	if cache.IsObject() {
		o.Lit(`,"cache_control":`).Raw(cache)
	}
	o.Lit("}")
}

// schema writes the schema of a tool's input, which must say that it is an object.
func schema(o *sdk.Out, v sdk.Value) {
	if !v.Get(keyType).IsNull() {
		o.Raw(v)
		return
	}
	if v.Empty() || !v.IsObject() {
		o.Lit(`{"type":"object","properties":{}}`)
		return
	}
	o.Lit(`{"type":"object"`)
	for m := v.First(); m.Exists(); m = m.Next() {
		if m.Key() != keyType {
			o.Lit(",").Member(m)
		}
	}
	o.Lit("}")
}

const (
	contextLow uint8 = 1 + iota
	contextMedium
	contextHigh
)

var contextSizes = number(map[string]uint8{"low": contextLow, "medium": contextMedium, "high": contextHigh})

// searchUses is how many searches each context size allows.
var searchUses = [...]int64{contextLow: 1, contextMedium: 5, contextHigh: 10}

// webSearch writes Anthropic's search tool for OpenAI's option.
func webSearch(o *sdk.Out, options sdk.Value) {
	o.Lit(`{"type":"web_search_20250305","name":"web_search"`)
	if size := contextSizes.of(options.Get(keyContextSize).Atom()); size > 0 {
		o.Lit(`,"max_uses":`).Int(searchUses[size])
	}
	if place := options.Get(keyUserLocation).Get(keyApproximate); place.IsObject() {
		o.Lit(`,"user_location":{"type":"approximate"`)
		for m := place.First(); m.Exists(); m = m.Next() {
			if m.Key() != keyType && !m.IsNull() {
				o.Lit(",").Member(m)
			}
		}
		o.Lit("}")
	}
	o.Lit("}")
}
