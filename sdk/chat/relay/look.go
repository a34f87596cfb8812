package relay

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// view is what one choice of a chunk brings.
type view struct {
	index  int
	first  bool   // the choice's first chunk
	says   bool   // its delta holds something
	ends   string // the reason to stop, once
	mended bool   // it can't be passed on as it is
	known  bool   // all before its delta is as it was in a chunk that was right
}

// The members of a choice that are looked at, in the order of choiceShape.
const (
	atIndex = iota
	atDelta
	atFinish
	atMessage
	atText
	choiceMembers
)

var choiceShape = sdk.NewShape(keyIndex, keyDelta, keyFinishReason, keyMessage, keyText)

// look reads a choice, whose place in the list v has, and notes in n what the stream will have given out after it.
// prefix is what a chunk begins with that needs no closer look, "" when there is none.
func (n *seen) look(choice sdk.Value, v *view, prefix string) {
	var at [choiceMembers]sdk.Value
	choiceShape.Read(choice, at[:])
	if v.known = prefix != "" && at[atDelta].After(prefix); !v.known {
		v.number(at[atIndex])
	}
	if !at[atDelta].IsObject() && !at[atFinish].IsString() {
		v.mended = true // a late verdict of a filter, for one
		return
	}
	mark := bit(v.index)
	v.first = n.begun&mark == 0 && mark != 0
	n.lookDelta(at[atDelta], v)
	if at[atFinish].IsString() {
		n.lookEnd(at[atFinish], v)
	}
	v.mended = v.mended || at[atMessage].Exists()
	n.begun |= mark
}

func (v *view) number(index sdk.Value) {
	if index.IsNull() {
		v.mended = true
		return
	}
	v.index = int(index.Int())
}

func (n *seen) lookDelta(delta sdk.Value, v *view) {
	role, reasoning, content := false, false, false
	for m := delta.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyRole:
			role = m.Is(roleAssistant)
			continue
		case keyToolCalls:
			v.mended = n.lookCalls(m, v.index) || v.mended
		case keyContent:
			v.mended = v.mended || m.IsArray()
		case keyReasoning:
			reasoning = m.IsString()
		case keyReasoningContent:
			content = true
		}
		v.says = v.says || !m.Empty()
	}
	v.mended = v.mended || role != v.first || !delta.IsObject() || reasoning && !content
}

// lookCalls reports whether a list of tool call fragments needs mending.
func (n *seen) lookCalls(list sdk.Value, choice int) bool {
	mended := false
	for call := list.First(); call.Exists(); call = call.Next() {
		number, first := n.call(choice, call)
		function := call.Get(keyFunction)
		arguments := function.Get(keyArguments)
		named := !call.Get(keyID).Empty() || !function.Get(keyName).Empty()
		whole := first && !call.Get(keyID).Empty() && !call.Get(keyType).Empty() && arguments.IsString()
		rest := !first && !named && (arguments.IsString() || !arguments.Exists())
		mended = mended || !whole && !rest || call.Get(keyIndex).IsNull() || number != int(call.Get(keyIndex).Int())
	}
	return mended
}

func (n *seen) lookEnd(reason sdk.Value, v *view) {
	word := chat.FinishReason(reason)
	mark := bit(v.index)
	if word == "" {
		v.mended = true
		return
	}
	if n.finished&mark != 0 {
		v.mended = true
		return
	}
	n.finished |= mark
	known := isOpenAIs(reason.Atom())
	v.mended = v.mended || !known || v.first || v.says
	if v.ends = word; !known && word == chat.Stop && n.called&mark != 0 {
		v.ends = chat.ToolCalls
	}
}

func isOpenAIs(reason sdk.Atom) bool {
	switch reason {
	case reasonStop, reasonLength, reasonCalls, reasonFilter, reasonFunction:
		return true
	}
	return false
}
