package main

import (
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

const (
	roleUser uint8 = 1 + iota
	roleAssistant
	roleTool
	roleFunction
	roleSystem
)

var roles = number(map[string]uint8{
	"user": roleUser, "assistant": roleAssistant, "tool": roleTool, "function": roleFunction,
	"system": roleSystem, "developer": roleSystem,
})

// Members of a message.
const (
	memberRole uint8 = 1 + iota
	memberContent
	memberCache
	memberThoughts
	memberCalls
	memberCall
	memberCallID
	memberError
	memberCount
)

var members = number(map[string]uint8{
	"role": memberRole, "content": memberContent, "cache_control": memberCache, "thinking_blocks": memberThoughts,
	"tool_calls": memberCalls, "function_call": memberCall, "tool_call_id": memberCallID, "is_error": memberError,
})

// message holds the members of a message, by number; the first place takes those that mean nothing to Anthropic.
type message [memberCount]sdk.Value

// read takes the first member of each name, like every other look-up: a guard must not have seen another one.
func (m *message) read(v sdk.Value) {
	*m = message{}
	for f := v.First(); f.Exists(); f = f.Next() {
		if n := members.of(f.Key()); !m[n].Exists() {
			m[n] = f
		}
	}
}

// conversation writes messages in Anthropic's form: user and assistant in turn, each with a list of blocks.
type conversation struct {
	o     *sdk.Out
	betas betas
	// role is whose message is open, 0 when none is.
	role uint8
	// inner takes the blocks while nested is set: the content of a tool's result, or the system prompt.
	inner  list
	nested bool
	// m is the message that is being read, index its place, last that none follows.
	m     message
	index int
	last  bool
	// calls counts function calls of the old kind, which have no ids.
	calls int64
	// unthought tells that the last assistant message called tools without thinking, and only results came since.
	unthought bool
}

// talk writes the system prompt and the messages. It reports whether they end inside a round of tool calls that was
// begun without thinking.
func (q *request) talk() (unthought bool, err error) {
	w := conversation{o: q.o}
	if q.c.Endpoint() == hostabi.Completions {
		return false, w.prompt(q.given[paramPrompt])
	}
	messages := q.given[paramMessages]
	if !elements(messages).Exists() {
		return false, sdk.BadRequest("messages: a list with at least one message is required")
	}
	if err := w.instruct(q, messages); err != nil {
		return false, err
	}
	for m := messages.First(); m.Exists(); m = m.Next() {
		w.m.read(m)
		w.last = !m.Next().Exists()
		if err := w.message(q.c.NoSystem()); err != nil {
			return false, err
		}
		w.index++
	}
	q.betas |= w.betas
	return w.unthought, w.close()
}

// instruct writes the system prompt, if the model takes one, and begins the messages.
func (w *conversation) instruct(q *request, messages sdk.Value) error {
	if q.c.NoSystem() {
		w.o.Lit(`,"messages":[`)
		return w.content(roleUser, q.given[paramSystem], sdk.Value{})
	}
	if err := w.system(q.given[paramSystem], messages); err != nil {
		return err
	}
	w.o.Lit(`,"messages":[`)
	return nil
}

// system collects the instructions from wherever they stand.
func (w *conversation) system(first, messages sdk.Value) error {
	w.nest(`,"system":[`)
	if err := w.content(roleSystem, first, sdk.Value{}); err != nil {
		return err
	}
	for m := messages.First(); m.Exists(); m = m.Next() {
		if roles.of(m.Get(keyRole).Atom()) != roleSystem {
			continue
		}
		if err := w.content(roleSystem, m.Get(keyContent), m.Get(keyCacheControl)); err != nil {
			return err
		}
	}
	w.unnest()
	return nil
}

// message writes the message that was read. Without a system prompt, instructions become words of the user.
func (w *conversation) message(noSystem bool) error {
	role := w.m[memberRole]
	switch roles.of(role.Atom()) {
	case roleUser:
		w.unthought = false
		return w.content(roleUser, w.m[memberContent], w.m[memberCache])
	case roleAssistant:
		return w.assistant()
	case roleTool:
		w.block(roleUser).Lit(`{"type":"tool_result","tool_use_id":`).Raw(w.m[memberCallID])
		return w.result()
	case roleFunction:
		w.block(roleUser).Lit(`{"type":"tool_result","tool_use_id":"call_`).Int(w.calls).Lit(`"`)
		return w.result()
	case roleSystem:
		if !noSystem {
			return nil
		}
		return w.content(roleUser, w.m[memberContent], w.m[memberCache])
	}
	return w.refuse("role " + role.Source() + " is not one of system, developer, user, assistant, tool, function")
}

// result writes what a tool answered, after the id of its call.
func (w *conversation) result() error {
	content := w.m[memberContent]
	if content.IsString() && content.Len() > 0 {
		w.o.Lit(`,"content":`).Raw(content)
	} else if content.IsArray() {
		w.nest(`,"content":[`)
		if err := w.content(roleUser, content, sdk.Value{}); err != nil {
			return err
		}
		w.unnest()
	}
	if failed := w.m[memberError]; !failed.IsNull() {
		w.o.Lit(",").Member(failed)
	}
	w.finish(w.m[memberCache])
	return nil
}

// prompt writes a text completion's prompt as a message of the user.
func (w *conversation) prompt(prompt sdk.Value) error {
	w.o.Lit(`,"messages":[`)
	if prompt.IsString() {
		w.text(roleUser, prompt, sdk.Value{})
		return w.close()
	}
	if !elements(prompt).IsString() {
		return sdk.BadRequest("prompt: a text or a list of texts is required")
	}
	for p := prompt.First(); p.Exists(); p = p.Next() {
		if !p.IsString() {
			return sdk.BadRequest("prompt: texts and tokens can't be mixed")
		}
		w.text(roleUser, p, sdk.Value{})
	}
	return w.close()
}

// close ends the messages.
func (w *conversation) close() error {
	if w.role == 0 {
		return sdk.BadRequest("messages: no message of a user or assistant has any content")
	}
	w.o.Lit("]}]")
	return nil
}

// block makes room for a block of a role's message: neighbouring messages of one role become one, as Anthropic wants
// the roles to take turns.
func (w *conversation) block(role uint8) *sdk.Out {
	if w.nested {
		return w.inner.next()
	}
	if w.role == role {
		return w.o.Lit(",")
	}
	if w.role != 0 {
		w.o.Lit("]},")
	}
	w.role = role
	if role == roleAssistant {
		return w.o.Lit(`{"role":"assistant","content":[`)
	}
	return w.o.Lit(`{"role":"user","content":[`)
}

// nest lets the blocks that follow go into a list of their own, until unnest.
func (w *conversation) nest(open string) { w.inner, w.nested = list{o: w.o, open: open}, true }

func (w *conversation) unnest() {
	w.inner.end()
	w.nested = false
}

// finish closes a block, marking it as the end of a cached prefix when the client did.
func (w *conversation) finish(cache sdk.Value) {
	if cache.IsObject() {
		w.o.Lit(`,"cache_control":`).Raw(cache)
	}
	w.o.Lit("}")
}

// refuse blames the message that is being read.
func (w *conversation) refuse(reason string) error {
	return sdk.BadRequest("messages[" + strconv.Itoa(w.index) + "]: " + reason)
}
