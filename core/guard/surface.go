package guard

import (
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// surface is a member of a document that holds text, and how to find the text in it.
type surface struct {
	key  tape.Atom
	walk func(t *texts, node int)
}

// api is where the text of an endpoint is.
type api struct {
	input  []surface
	output []surface // of complete responses and of the events of streams; none: nothing is written by a model
}

// surfaces is the one list of where text is, by endpoint. An endpoint that is missing can't be guarded: guards on it
// count as not run. Members that an object has twice are both looked at: nobody knows which of them an upstream takes.
var surfaces = []api{
	core.Chat: {
		input:  []surface{{keyMessages, (*texts).messages}, {keyPrediction, (*texts).plain}},
		output: []surface{{keyChoices, (*texts).choices}},
	},
	core.Completions: {
		input:  []surface{{keyPrompt, (*texts).plain}, {keySuffix, (*texts).plain}},
		output: []surface{{keyChoices, (*texts).choices}},
	},
	core.Embeddings:  {input: []surface{{keyInput, (*texts).plain}}},
	core.Moderations: {input: []surface{{keyInput, (*texts).plain}}},
}

// known reports whether surfaces says where the endpoint's text is.
func known(e core.Endpoint) bool { return int(e) < len(surfaces) && len(surfaces[e].input) > 0 }

var (
	keyMessages   = tape.MustIntern("messages")
	keyPrediction = tape.MustIntern("prediction")
	keyPrompt     = tape.MustIntern("prompt")
	keySuffix     = tape.MustIntern("suffix")
	keyInput      = tape.MustIntern("input")
	keyChoices    = tape.MustIntern("choices")
	keyRole       = tape.MustIntern("role")
	keyName       = tape.MustIntern("name")
	keyIndex      = tape.MustIntern("index")

	// Members of a choice.
	keyMessage      = tape.MustIntern("message")
	keyDelta        = tape.MustIntern("delta")
	keyLogprobs     = tape.MustIntern("logprobs")
	keyFinishReason = tape.MustIntern("finish_reason")

	// Members of a message and of a part of one.
	keyContent          = tape.MustIntern("content")
	keyText             = tape.MustIntern("text")
	keyValue            = tape.MustIntern("value")
	keyOutput           = tape.MustIntern("output")
	keyRefusal          = tape.MustIntern("refusal")
	keyAudio            = tape.MustIntern("audio")
	keyTranscript       = tape.MustIntern("transcript")
	keyReasoning        = tape.MustIntern("reasoning")
	keyReasoningContent = tape.MustIntern("reasoning_content")
	keyReasoningDetails = tape.MustIntern("reasoning_details")
	keyThinking         = tape.MustIntern("thinking")
	keyThinkingBlocks   = tape.MustIntern("thinking_blocks")
	keySummary          = tape.MustIntern("summary")

	// Calls of tools.
	keyToolCalls    = tape.MustIntern("tool_calls")
	keyFunctionCall = tape.MustIntern("function_call")
	keyFunction     = tape.MustIntern("function")
	keyCustom       = tape.MustIntern("custom")
	keyArguments    = tape.MustIntern("arguments")
)

// plain walks prompts and inputs, which have no role.
func (t *texts) plain(node int) {
	t.role = hostabi.RoleUser
	t.content(node, hostabi.PartText)
}

func (t *texts) messages(node int) {
	d := t.doc
	for m := t.first(node); m < t.end(node); m = int(d.Nodes[m].Next) {
		t.role, t.tool = t.roleOf(m), -1
		if t.role == hostabi.RoleTool {
			t.tool = d.Get(m, keyName)
		}
		t.message(m)
	}
	t.tool = -1
}

// roleOf is whose text a message is. A role that nobody knows is taken for the user's, so that its text is looked at.
func (t *texts) roleOf(message int) hostabi.Role {
	switch string(t.doc.Text(t.doc.Get(message, keyRole))) {
	case "system", "developer":
		return hostabi.RoleSystem
	case "assistant":
		return hostabi.RoleAssistant
	case "tool", "function":
		return hostabi.RoleTool
	}
	return hostabi.RoleUser
}

// choices walks the answers of a response, or what an event of a stream adds to them.
func (t *texts) choices(node int) {
	d := t.doc
	for c, i := t.first(node), 0; c < t.end(node); c, i = int(d.Nodes[c].Next), i+1 {
		t.role, t.choice = hostabi.RoleAssistant, uint16(t.number(d.Get(c, keyIndex), i))
		for m := t.first(c); m < t.end(c); m = int(d.Nodes[m].Next) {
			switch t.field = d.Nodes[m].Key; t.field {
			case keyMessage, keyDelta:
				t.message(m)
			case keyText:
				t.content(m, hostabi.PartText)
			case keyLogprobs:
				t.mark(placeLogprobs, m)
			case keyFinishReason:
				t.mark(placeFinish, m)
			}
		}
	}
}

// message walks a message or the delta of one.
func (t *texts) message(node int) {
	d := t.doc
	for m := t.first(node); m < t.end(node); m = int(d.Nodes[m].Next) {
		switch t.field = d.Nodes[m].Key; t.field {
		case keyContent:
			t.content(m, t.contentPart())
		case keyRefusal:
			t.content(m, hostabi.PartText)
		case keyReasoning, keyReasoningContent, keyReasoningDetails, keyThinkingBlocks:
			t.content(m, hostabi.PartReasoning)
		case keyAudio:
			t.part(m, hostabi.PartText)
		case keyToolCalls:
			t.toolCalls(m)
		case keyFunctionCall:
			t.toolCall(m)
		}
	}
}

func (t *texts) contentPart() hostabi.Part {
	if t.role == hostabi.RoleTool {
		return hostabi.PartResult
	}
	return hostabi.PartText
}

// content walks a string, a part, or a list of them.
func (t *texts) content(node int, part hostabi.Part) {
	switch t.doc.Nodes[node].Kind {
	case tape.String:
		t.add(node, part)
	case tape.Array:
		for i := t.first(node); i < t.end(node); i = int(t.doc.Nodes[i].Next) {
			t.content(i, part)
		}
	case tape.Object:
		t.part(node, part)
	}
}

// part walks a part of a content. What its type says does not matter: whatever stands in a member that holds text in any
// known type is text, so that a type that is not known yet is looked at as well.
func (t *texts) part(node int, part hostabi.Part) {
	d := t.doc
	for m := t.first(node); m < t.end(node); m = int(d.Nodes[m].Next) {
		switch d.Nodes[m].Key {
		case keyText, keyValue, keyContent, keyOutput, keyRefusal, keyTranscript:
			t.content(m, part)
		case keyThinking, keyReasoning, keySummary:
			t.content(m, hostabi.PartReasoning)
		}
	}
}

func (t *texts) toolCalls(node int) {
	d := t.doc
	for c, i := t.first(node), 0; c < t.end(node); c, i = int(d.Nodes[c].Next), i+1 {
		t.call = uint16(t.number(d.Get(c, keyIndex), i))
		for m := t.first(c); m < t.end(c); m = int(d.Nodes[m].Next) {
			if key := d.Nodes[m].Key; key == keyFunction || key == keyCustom {
				t.toolCall(m)
			}
		}
	}
	t.call = 0
}

func (t *texts) toolCall(node int) {
	d := t.doc
	before := t.tool
	t.tool = d.Get(node, keyName)
	for m := t.first(node); m < t.end(node); m = int(d.Nodes[m].Next) {
		if key := d.Nodes[m].Key; key == keyArguments || key == keyInput {
			t.strings(m, hostabi.PartArguments)
		}
	}
	t.tool = before
}

// strings walks every string in a value: arguments are a string of JSON, but some clients send JSON itself.
func (t *texts) strings(node int, part hostabi.Part) {
	for i := node; i < int(t.doc.Nodes[node].Next); i++ {
		if t.doc.Nodes[i].Kind == tape.String {
			t.add(i, part)
		}
	}
}
