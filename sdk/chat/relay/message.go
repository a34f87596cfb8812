package relay

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// goodChoice reports whether a choice of a chat's reply is right.
func goodChoice(choice sdk.Value) bool {
	message := choice.Get(keyMessage)
	reason := choice.Get(keyFinishReason).Atom()
	content := message.Get(keyContent)
	return !choice.Get(keyIndex).IsNull() && isOpenAIs(reason) &&
		(reason != reasonFunction || !message.Get(keyFunctionCall).IsNull()) &&
		message.Get(keyRole).Is(roleAssistant) && content.Exists() && (content.IsNull() || content.IsString()) &&
		(!message.Get(keyReasoning).IsString() || message.Get(keyReasoningContent).Exists()) &&
		goodCalls(message.Get(keyToolCalls))
}

func goodCalls(list sdk.Value) bool {
	for call := list.First(); call.Exists(); call = call.Next() {
		if call.Get(keyID).Empty() || call.Get(keyType).Empty() ||
			!call.Get(keyFunction).Get(keyArguments).IsString() {
			return false
		}
	}
	return true
}

func writeMessageChoice(o *sdk.Out, choice sdk.Value, position int) {
	w := o.Object()
	if index := choice.Get(keyIndex); index.IsNull() {
		w.Key("index").Int(int64(position))
	} else {
		w.Key("index").Raw(index)
	}
	message := choice.Get(keyMessage)
	for m := choice.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyIndex, keyFinishReason, keyMessage, keyDelta:
		default:
			w.Keep(m)
		}
	}
	writeMessage(w.Key("message"), message)
	w.Key("finish_reason").String(reasonOf(choice.Get(keyFinishReason), message))
	w.Close()
}

// reasonOf is a reply's reason to stop, which has to fit its message when the vendor has no word of OpenAI's.
func reasonOf(given, message sdk.Value) string {
	word := chat.FinishReason(given)
	calls := !message.Get(keyToolCalls).Empty()
	switch {
	case word == chat.FunctionCall && message.Get(keyFunctionCall).IsNull():
		return chat.ToolCalls
	case calls && (word == "" || word == chat.Stop && !isOpenAIs(given.Atom())):
		return chat.ToolCalls
	case word == "":
		return chat.Stop
	}
	return word
}

func writeMessage(o *sdk.Out, message sdk.Value) {
	w := o.Object()
	w.Key("role").Lit(`"assistant"`)
	if content := message.Get(keyContent); !content.IsArray() {
		w.Key("content").Raw(content)
	} else {
		writeTexts(w.Key("content"), content)
		writeThoughts(&w, content)
	}
	known := message.Get(keyReasoningContent).Exists()
	for m := message.First(); m.Exists(); m = m.Next() {
		switch {
		case m.IsNull() || m.Key() == keyToolCalls && m.Empty() || m.Key() == keyRole || m.Key() == keyContent:
		case m.Key() == keyReasoning && m.IsString() && !known:
			w.Key("reasoning_content").Raw(m)
		case m.Key() == keyToolCalls && m.IsArray():
			writeMessageCalls(w.Key("tool_calls"), m)
		case m.Key() == keyFunctionCall && m.Get(keyName).Empty():
		default:
			w.Keep(m)
		}
	}
	w.Close()
}

func writeMessageCalls(o *sdk.Out, list sdk.Value) {
	o.Lit("[")
	separator := ""
	for call := list.First(); call.Exists(); call = call.Next() {
		o.Lit(separator)
		separator = ","
		w := o.Object()
		writeCall(&w, call, true)
		w.Close()
	}
	o.Lit("]")
}
