package mock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// OpenAI starts a model behind OpenAI's API, and behind Azure's paths.
func OpenAI(t testing.TB) *Server { return New(t, openai(t)) }

func openai(t testing.TB) func(http.ResponseWriter, *http.Request, string) {
	return func(w http.ResponseWriter, r *http.Request, body string) {
		var a ask
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			WriteJSON(w, 400, openaiError("invalid body", "invalid_request_error"))
			return
		}
		if status := a.failure(); status != 0 {
			w.Header().Set("x-request-id", "req-mock")
			WriteJSON(w, status, openaiError("the mock was told to fail", "mock_error"))
			return
		}
		w.Header().Set("x-request-id", "req-mock")
		switch {
		case strings.HasSuffix(r.URL.Path, "/chat/completions"):
			a.chat(t, w, r)
		case strings.HasSuffix(r.URL.Path, "/completions"):
			a.complete(t, w, r)
		case strings.HasSuffix(r.URL.Path, "/embeddings"):
			a.embed(w)
		case strings.HasSuffix(r.URL.Path, "/moderations"):
			WriteJSON(w, 200, moderation)
		default:
			WriteJSON(w, 404, openaiError("no such path", "invalid_request_error"))
		}
	}
}

func openaiError(message, kind string) string {
	return fmt.Sprintf(`{"error":{"message":%s,"type":%s,"param":null,"code":null}}`, quote(message), quote(kind))
}

const (
	openaiID    = "chatcmpl-mock"
	openaiHead  = `"id":"` + openaiID + `","created":1700000000,"model":"mock-model-1"`
	openaiUsage = `{"prompt_tokens":17,"completion_tokens":9,"total_tokens":26}`
)

func (a *ask) chat(t testing.TB, w http.ResponseWriter, r *http.Request) {
	calls := len(a.Tools) > 0 && !a.answered()
	if a.Stream {
		a.streamChat(StartStream(t, w, r), calls)
		return
	}
	message, finish := `"content":`+quote(a.text()), "stop"
	if calls {
		message, finish = `"content":null,"tool_calls":[`+a.toolCalls(false)+`]`, "tool_calls"
	}
	WriteJSON(w, 200, fmt.Sprintf(`{%s,"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant",%s},"finish_reason":%q}],"usage":%s}`,
		openaiHead, message, finish, openaiUsage))
}

// toolCalls lists the calls, for streams with their places.
func (a *ask) toolCalls(places bool) string {
	var list []string
	for i, u := range Uses {
		place := ""
		if places {
			place = fmt.Sprintf(`"index":%d,`, i)
		}
		list = append(list, fmt.Sprintf(`{%s"id":%q,"type":"function","function":{"name":%s,"arguments":%s}}`,
			place, u.ID, quote(a.Tools[0].Function.Name), quote(u.Arguments)))
	}
	return strings.Join(list, ",")
}

func (a *ask) streamChat(s *Stream, calls bool) {
	delta := func(delta, finish string) {
		s.Data(fmt.Sprintf(`{%s,"object":"chat.completion.chunk","choices":[{"index":0,"delta":%s,"finish_reason":%s}]}`, openaiHead, delta, finish))
	}
	delta(`{"role":"assistant","content":""}`, "null")
	finish := `"stop"`
	if calls {
		finish = `"tool_calls"`
		for i, u := range Uses {
			delta(fmt.Sprintf(`{"tool_calls":[{"index":%d,"id":%q,"type":"function","function":{"name":%s,"arguments":""}}]}`,
				i, u.ID, quote(a.Tools[0].Function.Name)), "null")
			for _, part := range []string{u.Arguments[:4], u.Arguments[4:]} {
				delta(fmt.Sprintf(`{"tool_calls":[{"index":%d,"function":{"arguments":%s}}]}`, i, quote(part)), "null")
			}
		}
	} else {
		for _, part := range pieces(a.text()) {
			delta(`{"content":`+quote(part)+`}`, "null")
		}
	}
	delta("{}", finish)
	a.endStream(s, "chat.completion.chunk")
}

func (a *ask) endStream(s *Stream, object string) {
	if a.StreamOptions.IncludeUsage {
		s.Data(fmt.Sprintf(`{%s,"object":%q,"choices":[],"usage":%s}`, openaiHead, object, openaiUsage))
	}
	s.Data("[DONE]")
}

func (a *ask) complete(t testing.TB, w http.ResponseWriter, r *http.Request) {
	if !a.Stream {
		WriteJSON(w, 200, fmt.Sprintf(`{%s,"object":"text_completion","choices":[{"index":0,"text":%s,"logprobs":null,"finish_reason":"stop"}],"usage":%s}`,
			openaiHead, quote(Greeting), openaiUsage))
		return
	}
	s := StartStream(t, w, r)
	for _, part := range pieces(Greeting) {
		s.Data(fmt.Sprintf(`{%s,"object":"text_completion","choices":[{"index":0,"text":%s,"logprobs":null,"finish_reason":null}]}`, openaiHead, quote(part)))
	}
	s.Data(fmt.Sprintf(`{%s,"object":"text_completion","choices":[{"index":0,"text":"","logprobs":null,"finish_reason":"stop"}]}`, openaiHead))
	a.endStream(s, "text_completion")
}

// embed answers each input with 0.5, -1, 2 as numbers or in base64, as asked.
func (a *ask) embed(w http.ResponseWriter) {
	vector := "[0.5,-1,2]"
	if a.EncodingFormat == "base64" {
		vector = `"AAAAPwAAgL8AAABA"`
	}
	inputs := 1
	var list []json.RawMessage
	if json.Unmarshal(a.Input, &list) == nil {
		inputs = len(list)
	}
	var data []string
	for i := range inputs {
		data = append(data, fmt.Sprintf(`{"object":"embedding","index":%d,"embedding":%s}`, i, vector))
	}
	WriteJSON(w, 200, `{"object":"list","data":[`+strings.Join(data, ",")+`],"model":"mock-embedding-1","usage":{"prompt_tokens":8,"total_tokens":8}}`)
}

const moderation = `{"id":"modr-mock","model":"mock-moderation-1","results":[{"flagged":true,"categories":{"hate":false,"violence":true},` +
	`"category_scores":{"hate":0.01,"violence":0.98}}]}`
