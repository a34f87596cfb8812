package replay

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// model is what the vendor calls the model.
func (f *fixture) model() string {
	if _, rest, ok := strings.Cut(f.path(), "/openai/deployments/"); ok {
		name, _, _ := strings.Cut(rest, "/")
		return name
	}
	var body struct{ Model string }
	_ = json.Unmarshal(f.Request.Body, &body) // a recording without a request has none
	if body.Model == "" {
		return "recorded-model"
	}
	return body.Model
}

func (f *fixture) apiVersion() string {
	u, err := url.Parse(f.Request.URL)
	if err != nil {
		return ""
	}
	return u.Query().Get("api-version")
}

// request is what a client of OpenAI's API would have sent. Recordings in that format are sent as they are but for the
// model; usage tells whether a stream's usage is asked for.
func (f *fixture) request(usage bool) (string, error) {
	var body map[string]json.RawMessage
	if f.speaksOpenAI() && len(f.Request.Body) > 0 {
		if err := json.Unmarshal(f.Request.Body, &body); err != nil {
			return "", fmt.Errorf("%s: the recorded request: %w", f.ID, err)
		}
	}
	if body[required[f.route()]] == nil {
		body = f.simple()
	}
	set(body, "model", f.ID)
	delete(body, "stream_options")
	if f.streams() {
		set(body, "stream", true)
	}
	if usage {
		set(body, "stream_options", map[string]bool{"include_usage": true})
	}
	text, err := json.Marshal(body)
	return string(text), err
}

// required is the member without which a request is none.
var required = map[string]string{
	"/chat/completions": "messages", "/completions": "prompt", "/embeddings": "input", "/moderations": "input",
}

// simple stands in for requests of other formats, for missing ones, and for those that no client of OpenAI's API would
// send.
func (f *fixture) simple() map[string]json.RawMessage {
	body := map[string]json.RawMessage{}
	if key := required[f.route()]; key == "messages" {
		set(body, key, []map[string]string{{"role": "user", "content": "Hello"}})
	} else {
		set(body, key, "Hello")
	}
	f.copyTools(body)
	return body
}

// copyTools offers the tools that a recorded Messages request offered, and asks for thinking if it did.
func (f *fixture) copyTools(body map[string]json.RawMessage) {
	var native struct {
		Tools []struct {
			Name, Description string
			Type              string
			Schema            json.RawMessage `json:"input_schema"`
		}
		Thinking json.RawMessage
	}
	_ = json.Unmarshal(f.Request.Body, &native)
	var tools []map[string]any
	for _, t := range native.Tools {
		if t.Schema == nil {
			continue // the vendor's own tools
		}
		tools = append(tools, map[string]any{"type": "function", "function": map[string]any{
			"name": t.Name, "description": t.Description, "parameters": t.Schema}})
	}
	if tools != nil {
		set(body, "tools", tools)
	}
	if native.Thinking != nil {
		body["thinking"] = native.Thinking
	}
}

func set(body map[string]json.RawMessage, key string, v any) {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err) // only literals of this file come here
	}
	body[key] = text
}
