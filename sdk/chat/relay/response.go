package relay

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// Response passes on a complete reply.
func Response(c *sdk.Call, s *State) error {
	doc := c.Doc()
	if err := fault(c, doc); err != nil {
		return err
	}
	s.count(c, doc.Get(keyUsage), doc.Get(keyGroq))
	switch c.Endpoint() {
	case hostabi.Chat:
		if s.prompt {
			textAsReply(c, s, doc)
			return nil
		}
		replyTo(c, doc, objectChat, goodChoice, writeMessageChoice)
	case hostabi.Completions:
		if s.quirks.has(CompletionsByChat) {
			replyAsText(c, s, doc)
			return nil
		}
		replyTo(c, doc, objectText, goodText, writeTextChoice)
	case hostabi.Embeddings:
		replyList(c, s, doc)
	default:
		c.Pass()
	}
	return nil
}

// fault finds the error in a reply whose status is 200.
func fault(c *sdk.Call, doc sdk.Value) error {
	if !doc.IsObject() {
		return &sdk.Error{Class: hostabi.InternalServer, Message: "the upstream's reply is not a JSON object: " + chat.PlainText(c.Bytes())}
	}
	if err := chat.ErrorIn(doc); err != nil {
		return err
	}
	choices := doc.Get(keyChoices)
	if e := c.Endpoint(); (e == hostabi.Chat || e == hostabi.Completions) && !choices.IsArray() {
		return &sdk.Error{Class: hostabi.InternalServer, Message: "the upstream's reply has no choices: " + chat.PlainText(c.Bytes())}
	}
	return chat.ErrorIn(choices.First())
}

// replyTo passes on a reply with choices, as it is when nothing in it is wrong.
func replyTo(c *sdk.Call, doc sdk.Value, object sdk.Atom, good func(sdk.Value) bool, write func(*sdk.Out, sdk.Value, int)) {
	if goodHead(doc, object) && goodAll(doc.Get(keyChoices), good) {
		c.Pass()
		return
	}
	o := c.Out()
	w := o.Object()
	writeHead(c, &w, doc, object)
	for m := doc.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyID, keyObject, keyCreated, keyModel, keyFingerprint:
		case keyChoices:
			w.Key("choices")
			writeAll(o, m, write)
		case keyUsage:
			if m.IsObject() {
				w.Keep(m)
			}
		default:
			w.Keep(m)
		}
	}
	c.Body(w.Close())
}

func goodHead(doc sdk.Value, object sdk.Atom) bool {
	return doc.Get(keyObject).Is(object) && !doc.Get(keyID).Empty() && !doc.Get(keyModel).Empty() &&
		isWhole(doc.Get(keyCreated)) && (object != objectChat || doc.Get(keyFingerprint).Exists())
}

// isWhole reports whether a number is above zero and written as a plain integer: as long as its digits are.
func isWhole(v sdk.Value) bool {
	n := v.Int()
	digits := 0
	for rest := n; rest > 0; rest /= 10 {
		digits++
	}
	return n > 0 && v.Len() == digits
}

func goodAll(list sdk.Value, good func(sdk.Value) bool) bool {
	if !list.IsArray() {
		return false
	}
	for choice := list.First(); choice.Exists(); choice = choice.Next() {
		if !good(choice) {
			return false
		}
	}
	return true
}

// writeHead adds the members of a reply that say what it is.
func writeHead(c *sdk.Call, w *sdk.Object, doc sdk.Value, object sdk.Atom) {
	if id := doc.Get(keyID); id.IsString() && !id.Empty() {
		w.Key("id").Raw(id)
	} else {
		w.Key("id").String(sdk.RandomID(idPrefix(c)))
	}
	if object == objectChat {
		w.Key("object").Lit(`"chat.completion"`)
	} else {
		w.Key("object").Lit(`"text_completion"`)
	}
	if created := doc.Get(keyCreated).Int(); created > 0 {
		w.Key("created").Int(created)
	} else {
		w.Key("created").Int(sdk.Now())
	}
	if model := doc.Get(keyModel); model.IsString() && !model.Empty() {
		w.Key("model").Raw(model)
	} else {
		w.Key("model").String(c.Attr(keyModel))
	}
	if object == objectChat || doc.Get(keyFingerprint).Exists() {
		w.Key("system_fingerprint").Raw(doc.Get(keyFingerprint))
	}
}

func writeAll(o *sdk.Out, list sdk.Value, write func(*sdk.Out, sdk.Value, int)) {
	o.Lit("[")
	position := 0
	for choice := list.First(); choice.Exists(); choice = choice.Next() {
		if position > 0 {
			o.Lit(",")
		}
		write(o, choice, position)
		position++
	}
	o.Lit("]")
}

func goodText(choice sdk.Value) bool {
	return !choice.Get(keyIndex).IsNull() && choice.Get(keyText).IsString() && isOpenAIs(choice.Get(keyFinishReason).Atom())
}

func writeTextChoice(o *sdk.Out, choice sdk.Value, position int) {
	v := view{index: position, ends: chat.FinishReason(choice.Get(keyFinishReason))}
	if index := choice.Get(keyIndex); !index.IsNull() {
		v.index = int(index.Int())
	}
	if v.ends == "" {
		v.ends = chat.Stop
	}
	writeText(o, choice, v)
}

// replyList passes on embeddings.
func replyList(c *sdk.Call, s *State, doc sdk.Value) {
	usage := doc.Get(keyUsage)
	if doc.Get(keyObject).Is(objectList) && !doc.Get(keyModel).Empty() && (!usage.IsObject() || usage.Get(keyPromptTokens).Exists()) {
		c.Pass()
		return
	}
	o := c.Out()
	w := o.Object()
	w.Key("object").Lit(`"list"`)
	if model := doc.Get(keyModel); model.IsString() && !model.Empty() {
		w.Keep(model)
	} else {
		w.Key("model").String(c.Attr(keyModel))
	}
	for m := doc.First(); m.Exists(); m = m.Next() {
		if key := m.Key(); key != keyObject && key != keyModel && key != keyUsage {
			w.Keep(m)
		}
	}
	if usage.IsObject() {
		o := w.Key("usage").Lit(`{"prompt_tokens":`).Int(s.usage.Prompt)
		o.Lit(`,"total_tokens":`).Int(s.usage.Prompt).Lit(`}`)
	}
	c.Body(w.Close())
}
