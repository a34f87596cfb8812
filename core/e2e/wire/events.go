package wire

import "strings"

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
