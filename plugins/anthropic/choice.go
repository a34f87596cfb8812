package main

import "github.com/sluice-gateway/sluice/sdk"

// jsonTool is the tool whose input is the answer when the client wants JSON. Forcing a tool is the one way to structured
// output that all Claude models have.
const jsonTool = "json_tool_call"

const (
	formatJSON uint8 = 1 + iota
	formatSchema
)

var formats = number(map[string]uint8{"json_object": formatJSON, "json_schema": formatSchema})

// answerJSON adds the tool for a JSON answer, if the client wants one.
func (q *request) answerJSON(tools *list) bool {
	format := q.given[paramResponseFormat]
	shape := format.Get(keyResponseSchema)
	switch formats.of(format.Get(keyType).Atom()) {
	case 0:
		return false
	case formatSchema:
		if s := format.Get(keyJSONSchema).Get(keySchema); s.IsObject() {
			shape = s
		}
	}
	o := tools.next().Lit(`{"name":"` + jsonTool + `","description":"Give the answer as this tool's input.","input_schema":`)
	if shape.Empty() {
		o.Lit(`{"type":"object","additionalProperties":true,"properties":{}}`)
	} else {
		schema(o, shape)
	}
	o.Lit("}")
	return true
}

// Ways to choose a tool. Those of Anthropic come after OpenAI's.
const (
	choiceAuto uint8 = 1 + iota
	choiceNone
	choiceRequired
)

var choices = number(map[string]uint8{
	"auto": choiceAuto, "none": choiceNone, "required": choiceRequired, "any": choiceRequired,
})

// choose writes which tool the model has to call. asJSON tells that the last of the count tools is jsonTool.
func (q *request) choose(asJSON bool, count int) {
	choice := q.given[paramToolChoice]
	if !choice.Exists() {
		choice = q.given[paramFunctionCall]
	}
	if asJSON && !q.thinks() && !choice.IsObject() {
		q.forceJSON(count > 1 && choices.of(choice.Atom()) != choiceNone)
		return
	}
	if choice.IsObject() {
		q.named(choice)
		return
	}
	switch choices.of(choice.Atom()) {
	case choiceNone:
		q.o.Lit(`,"tool_choice":{"type":"none"}`)
	case choiceRequired:
		q.o.Lit(`,"tool_choice":{"type":"any"`)
		q.parallel()
	case choiceAuto:
		q.o.Lit(`,"tool_choice":{"type":"auto"`)
		q.parallel()
	default:
		if q.alone() {
			q.o.Lit(`,"tool_choice":{"type":"auto"`)
			q.parallel()
		}
	}
}

// forceJSON makes the model answer through jsonTool, or else through one of the client's own tools.
func (q *request) forceJSON(orAny bool) {
	if orAny {
		q.o.Lit(`,"tool_choice":{"type":"any"`)
		q.parallel()
		return
	}
	q.o.Lit(`,"tool_choice":{"type":"tool","name":"` + jsonTool + `","disable_parallel_tool_use":true}`)
}

// named writes a choice that is an object: OpenAI's with a function, or Anthropic's own.
func (q *request) named(choice sdk.Value) {
	name := choice.Get(keyFunction).Get(keyName)
	kind := choice.Get(keyType)
	if !name.Exists() && (kind.IsNull() || kind.Is(nameFunction)) {
		name = choice.Get(keyName)
	}
	if name.Exists() {
		q.o.Lit(`,"tool_choice":{"type":"tool","name":`).Raw(name)
		q.parallel()
		return
	}
	q.o.Lit(`,"tool_choice":`)
	if !q.alone() || choice.Empty() || choice.Get(keyDisableParallel).Exists() || choices.of(kind.Atom()) == choiceNone {
		q.o.Raw(choice)
		return
	}
	separator := "{"
	for m := choice.First(); m.Exists(); m = m.Next() {
		q.o.Lit(separator).Member(m)
		separator = ","
	}
	q.parallel()
}

// alone reports whether the client wants at most one call at a time.
func (q *request) alone() bool {
	v := q.given[paramParallelToolCalls]
	return v.Exists() && !v.True()
}

// parallel closes a choice.
func (q *request) parallel() {
	if q.alone() {
		q.o.Lit(`,"disable_parallel_tool_use":true`)
	}
	q.o.Lit("}")
}
