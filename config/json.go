package config

import (
	"bytes"
	"encoding/json"
	"strconv"
)

// jsonOf writes n as compact JSON, keys in file order.
func jsonOf(n *node) json.RawMessage {
	var b bytes.Buffer
	writeJSON(&b, n)
	return b.Bytes()
}

func writeJSON(b *bytes.Buffer, n *node) {
	switch n.kind {
	case null:
		b.WriteString("null")
	case boolean:
		b.WriteString(strconv.FormatBool(n.truth))
	case integer, float:
		b.WriteString(n.number)
	case text:
		writeJSONText(b, n.text)
	case list:
		writeJSONList(b, n.items)
	case mapping:
		writeJSONMapping(b, n.entries)
	}
}

func writeJSONList(b *bytes.Buffer, items []*node) {
	b.WriteByte('[')
	for i, item := range items {
		if i > 0 {
			b.WriteByte(',')
		}
		writeJSON(b, item)
	}
	b.WriteByte(']')
}

func writeJSONMapping(b *bytes.Buffer, entries []entry) {
	b.WriteByte('{')
	for i, e := range entries {
		if i > 0 {
			b.WriteByte(',')
		}
		writeJSONText(b, e.key)
		b.WriteByte(':')
		writeJSON(b, e.value)
	}
	b.WriteByte('}')
}

func writeJSONText(b *bytes.Buffer, s string) {
	e := json.NewEncoder(b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // a string into a buffer cannot fail
	b.Truncate(b.Len() - 1)
}

func textJSON(s string) json.RawMessage {
	var b bytes.Buffer
	writeJSONText(&b, s)
	return b.Bytes()
}

// object is a JSON object under construction, its members in the order they were first set.
type object []Param

func (o *object) set(key string, value json.RawMessage) {
	for i := range *o {
		if (*o)[i].Key == key {
			(*o)[i].Value = value
			return
		}
	}
	*o = append(*o, Param{Key: key, Value: value})
}

// raw returns the object, nil when nothing was set.
func (o object) raw() json.RawMessage {
	if len(o) == 0 {
		return nil
	}
	var b bytes.Buffer
	for i, member := range o {
		b.WriteByte("{,"[min(i, 1)])
		writeJSONText(&b, member.Key)
		b.WriteByte(':')
		b.Write(member.Value)
	}
	b.WriteByte('}')
	return b.Bytes()
}
