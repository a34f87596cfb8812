package relay

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// The members of a chunk that are looked at, in the order of chunkShape.
const (
	atID = iota
	atObject
	atCreated
	atModel
	atChoices
	atUsage
	atGroq
	atError
	atType
	atValue
	chunkMembers
)

var chunkShape = sdk.NewShape(keyID, keyObject, keyCreated, keyModel, keyChoices, keyUsage, keyGroq, keyError, keyType, keyValue)

// chunk is one event of a stream.
type chunk struct {
	doc   sdk.Value
	at    [chunkMembers]sdk.Value
	usage sdk.Value // as count found it
}

// Chunk passes on one event of a stream.
func Chunk(c *sdk.Call, s *State) error {
	k := chunk{doc: c.Doc()}
	if !k.doc.IsObject() {
		return strayEvent(c)
	}
	chunkShape.Read(k.doc, k.at[:])
	if !k.at[atError].IsNull() || k.at[atType].Is(keyError) {
		return chat.ErrorIn(k.doc)
	}
	if k.at[atUsage].IsObject() || k.at[atGroq].Exists() {
		k.usage = s.count(c, k.at[atUsage], k.at[atGroq])
		s.whole = s.whole || k.usage.Exists() && k.at[atChoices].Empty()
	}
	switch {
	case s.quirks.has(CompletionsByChat) && c.Endpoint() == hostabi.Completions:
		s.chatAsText(c, k.doc)
	case s.prompt:
		s.textAsChat(c, &k)
	case !k.at[atChoices].Empty():
		s.relay(c, &k)
	case k.at[atValue].IsString():
		s.whole = true // such streams have nothing but values
		s.text.Text(c, k.at[atValue])
	default:
		s.onlyUsage(c, &k)
	}
	return nil
}

// strayEvent drops an event without data, and takes any other that is no object for the error it must be.
func strayEvent(c *sdk.Call) error {
	if c.Size() == 0 || c.Event() != eventError && c.Doc().Exists() {
		return nil
	}
	return &sdk.Error{Class: hostabi.InternalServer, Message: "the upstream sent an event that is not JSON: " + chat.PlainText(c.Bytes())}
}

// relay passes on a chunk with choices, as it is when nothing in it is wrong. A text and the end of it become two
// chunks.
func (s *State) relay(c *sdk.Call, k *chunk) {
	if k.usage.Exists() && c.IncludeUsage() {
		s.owed = k.usage.Source()
	}
	after := s.seen
	says, ends, mended, known := false, false, false, false
	position := 0
	for choice := k.at[atChoices].First(); choice.Exists(); choice = choice.Next() {
		v := view{index: position}
		if c.Endpoint() == hostabi.Completions {
			after.lookText(choice, &v)
		} else {
			after.look(choice, &v, s.prefix)
		}
		says, ends, mended, known = says || v.first || v.says, ends || v.ends != "", mended || v.mended, v.known
		position++
	}
	if mended && !says && !ends {
		s.seen = after
		return
	}
	if s.id == "" {
		s.begin(c, k.doc)
	}
	r := right{head: known || s.rightHead(c, k), choices: !mended}
	if after == s.seen && position == 1 && !k.usage.Exists() {
		k.repeat(c)
	}
	switch {
	case r.head && r.choices && !k.at[atUsage].Exists():
		c.Pass()
	case says && ends && c.Endpoint() == hostabi.Chat:
		s.write(c, k.doc, partSays, r)
		s.write(c, k.doc, partEnds, r)
	default:
		s.write(c, k.doc, partAll, r)
	}
	s.seen = after
}

// repeat has the host answer what follows and is alike, as nearly all of a stream is: this chunk changed nothing in what
// is remembered of the stream, so the next one that differs only in its text won't either.
func (k *chunk) repeat(c *sdk.Call) {
	delta := k.at[atChoices].First().Get(keyDelta)
	for m := delta.First(); m.Exists(); m = m.Next() {
		switch m.Key() {
		case keyContent, keyReasoning, keyReasoningContent:
			c.Repeat(m)
		case keyToolCalls:
			c.Repeat(m.First().Get(keyFunction).Get(keyArguments))
		}
	}
	c.Repeat(k.doc.Get(keyObfuscation))
}

// right says which parts of a chunk can be passed on as they are.
type right struct{ head, choices bool }

func (s *State) rightHead(c *sdk.Call, k *chunk) bool {
	right := k.at[atObject].Is(object(c)) && k.at[atID].Equals(s.id) && k.at[atCreated].Equals(s.created) &&
		!k.at[atModel].Empty()
	if right && s.prefix == "" {
		s.prefix = k.prefix()
	}
	return right
}

// prefix is what a chunk of one right choice, number 0, begins with, up to the delta, when that holds all of the head.
func (k *chunk) prefix() string {
	choice := k.at[atChoices].First()
	delta := choice.Get(keyDelta)
	if index := choice.Get(keyIndex); choice.Next().Exists() || !index.Equals("0") || !index.Precedes(delta) {
		return ""
	}
	for _, member := range k.at[:atChoices] {
		if !member.Precedes(delta) {
			return ""
		}
	}
	return delta.Before()
}

func object(c *sdk.Call) sdk.Atom {
	if c.Endpoint() == hostabi.Completions {
		return objectText
	}
	return objectChunk
}

// onlyUsage passes on a chunk without choices when it is the usage that the client asked for. After it nothing more is
// said: choices that have not ended do now.
func (s *State) onlyUsage(c *sdk.Call, k *chunk) {
	if !k.usage.Exists() || !c.IncludeUsage() {
		return
	}
	if s.id == "" {
		s.begin(c, k.doc)
	}
	s.close(c)
	s.owed = ""
	s.writeUsage(c, k.usage.Source())
}
