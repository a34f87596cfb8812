package mock

import (
	"encoding/json"
	"strconv"
	"strings"
)

// What the mock models say.
const (
	Greeting = "Hello from the upstream, friend."
	AfterUse = "It is 21 degrees in Paris and 14 in London."
	Shaped   = `{"city":"Paris","degrees":21}`
)

// Tokens that the mock models report.
const (
	PromptTokens     = 17
	CompletionTokens = 9
)

// Uses are the tool calls that the mock models make, both at once.
var Uses = []Use{{"call_1", `{"city":"Paris"}`}, {"call_2", `{"city":"London"}`}}

// Use is a call of the tool that was offered.
type Use struct{ ID, Arguments string }

// ask is what the mock models read of a request in either format.
type ask struct {
	Model         string
	Stream        bool
	StreamOptions struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	Messages []struct {
		Role    string
		Content json.RawMessage
	}
	Tools []struct {
		Name     string                // Anthropic's
		Function struct{ Name string } // OpenAI's
	}
	ToolChoice     json.RawMessage       `json:"tool_choice"`
	ResponseFormat struct{ Type string } `json:"response_format"`
	MaxTokens      int                   `json:"max_tokens"`
	Input          json.RawMessage
	EncodingFormat string `json:"encoding_format"`
}

// failure is the status that a model called fail-STATUS answers with, 0 for others.
func (a *ask) failure() int {
	status, _ := strings.CutPrefix(a.Model, "fail-")
	n, _ := strconv.Atoi(status)
	return n
}

// answered reports whether the last message brings results of tools.
func (a *ask) answered() bool {
	if len(a.Messages) == 0 {
		return false
	}
	last := a.Messages[len(a.Messages)-1]
	return last.Role == "tool" || strings.Contains(string(last.Content), "tool_result")
}

// text is what the model says.
func (a *ask) text() string {
	switch {
	case a.answered():
		return AfterUse
	case strings.HasPrefix(a.ResponseFormat.Type, "json"):
		return Shaped
	}
	return Greeting
}

// pieces cuts a text as models stream it.
func pieces(text string) []string { return strings.SplitAfter(text, " ") }

func quote(s string) string {
	text, _ := json.Marshal(s) // a string always can be
	return string(text)
}
