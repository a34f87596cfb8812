package relay

import "github.com/sluice-gateway/sluice/sdk"

// writeCalls adds fragments of tool calls: id and name in the first of a call only, arguments always as a string.
func (n *seen) writeCalls(o *sdk.Out, list sdk.Value, choice int) {
	o.Lit("[")
	separator := ""
	for call := list.First(); call.Exists(); call = call.Next() {
		number, first := n.call(choice, call)
		o.Lit(separator)
		separator = ","
		w := o.Object()
		w.Key("index").Int(int64(number))
		writeCall(&w, call, first)
		w.Close()
	}
	o.Lit("]")
}

// writeCall adds the members of a tool call but its index.
func writeCall(w *sdk.Object, call sdk.Value, first bool) {
	if first {
		writeID(w.Key("id"), call.Get(keyID))
		w.Key("type").Lit(`"function"`)
	}
	for m := call.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyIndex, keyID, keyType:
		case keyFunction:
			writeFunction(w.Key("function"), m, first)
		default:
			w.Keep(m)
		}
	}
}

func writeID(o *sdk.Out, id sdk.Value) {
	if id.IsString() && !id.Empty() {
		o.Raw(id)
		return
	}
	o.String(sdk.RandomID("call_"))
}

func writeFunction(o *sdk.Out, function sdk.Value, first bool) {
	w := o.Object()
	for m := function.First(); m.Exists(); m = m.Next() {
		if key := m.Key(); key != keyArguments && (key != keyName || first) {
			w.Keep(m)
		}
	}
	switch arguments := function.Get(keyArguments); {
	case arguments.IsNull():
		w.Key("arguments").Lit(`""`)
	case arguments.IsString():
		w.Key("arguments").Raw(arguments)
	default:
		w.Key("arguments").Quote(arguments)
	}
	w.Close()
}
