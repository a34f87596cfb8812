package relay

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// messageEdits says what a request's messages need.
type messageEdits struct {
	any       bool
	noSystem  bool // system messages join the next one, or become the user's
	developer bool // developer messages become system messages
	flat      bool // lists of texts become one
}

func planMessages(messages sdk.Value, q Quirks, noSystem bool) messageEdits {
	e := messageEdits{noSystem: noSystem, developer: !q.has(DeveloperRole), flat: q.has(FlatContent)}
	if !e.noSystem && !e.developer && !e.flat {
		return e
	}
	for m := messages.First(); m.Exists() && !e.any; m = m.Next() {
		role := m.Get(keyRole)
		e.any = e.noSystem && isSystem(m) || e.developer && role.Is(roleDeveloper) || e.flat && flattens(m.Get(keyContent))
	}
	return e
}

func isSystem(m sdk.Value) bool {
	role := m.Get(keyRole)
	return role.Is(roleSystem) || role.Is(roleDeveloper)
}

func flattens(content sdk.Value) bool { return content.IsArray() && chat.OnlyText(content) }

func (e messageEdits) write(o *sdk.Out, messages sdk.Value) {
	o.Lit("[")
	var system sdk.Value // to be merged into the next message
	first := true
	for m := messages.First(); m.Exists(); m = m.Next() {
		if e.noSystem && isSystem(m) && merges(m.Next()) {
			system = m
			continue
		}
		if !first {
			o.Lit(",")
		}
		first = false
		e.writeMessage(o, m, system.Get(keyContent))
		system = sdk.Value{}
	}
	o.Lit("]")
}

// merges reports whether a message can take in the system message before it.
func merges(next sdk.Value) bool {
	role := next.Get(keyRole)
	return role.Is(roleUser) || role.Is(roleAssistant)
}

func (e messageEdits) writeMessage(o *sdk.Out, m, system sdk.Value) {
	w := o.Object()
	for member := m.First(); member.Exists(); member = member.Next() {
		switch member.Key() {
		case keyRole:
			e.writeRole(&w, member)
		case keyContent:
			e.writeContent(&w, member, system)
		default:
			w.Keep(member)
		}
	}
	if system.Exists() && !m.Get(keyContent).Exists() {
		writeTexts(w.Key("content"), system)
	}
	w.Close()
}

func (e messageEdits) writeRole(w *sdk.Object, role sdk.Value) {
	switch {
	case e.noSystem && (role.Is(roleSystem) || role.Is(roleDeveloper)):
		w.Key("role").Lit(`"user"`)
	case e.developer && role.Is(roleDeveloper):
		w.Key("role").Lit(`"system"`)
	default:
		w.Keep(role)
	}
}

func (e messageEdits) writeContent(w *sdk.Object, content, system sdk.Value) {
	switch {
	case system.Exists() && content.IsArray() && !(e.flat && flattens(content)):
		prependPart(w.Key("content"), content, system)
	case system.Exists():
		joinTexts(w.Key("content"), system, content)
	case e.flat && flattens(content):
		writeTexts(w.Key("content"), content)
	default:
		w.Keep(content)
	}
}

// joinTexts adds the system message's text, a space, and the content's text.
func joinTexts(o *sdk.Out, system, content sdk.Value) {
	o.Lit(`"`)
	chat.WriteText(o, system)
	if !content.Empty() {
		o.Lit(" ")
	}
	chat.WriteText(o, content)
	o.Lit(`"`)
}

// prependPart adds the system message's text and a space as the first part of a content.
func prependPart(o *sdk.Out, content, system sdk.Value) {
	o.Lit(`[{"type":"text","text":"`)
	chat.WriteText(o, system)
	o.Lit(` "}`)
	for part := content.First(); part.Exists(); part = part.Next() {
		o.Lit(",").Raw(part)
	}
	o.Lit("]")
}
