package wire

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Event is one of a server-sent event stream.
type Event struct{ Name, Data string }

// Events cuts a whole stream into events.
func Events(text string) []Event {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	var events []Event
	for block := range strings.SplitSeq(text, "\n\n") {
		if e, ok := event(block); ok {
			events = append(events, e)
		}
	}
	return events
}

func event(block string) (Event, bool) {
	var e Event
	var data []string
	for line := range strings.SplitSeq(block, "\n") {
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimPrefix(value, " ")
		switch field {
		case "event":
			e.Name = value
		case "data":
			data = append(data, value)
		}
	}
	e.Data = strings.Join(data, "\n")
	return e, len(data) > 0
}

// Without rewrites a JSON object with members left out, canonically.
func Without(text string, keys ...string) (string, error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text), &members); err != nil {
		return text, fmt.Errorf("read event: %w", err)
	}
	for _, k := range keys {
		delete(members, k)
	}
	out, err := json.Marshal(members)
	return string(out), err
}
