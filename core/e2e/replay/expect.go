package replay

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/wire"
)

// answer is what the vendor said, read from the recording.
func (f *fixture) answer() (wire.Answer, error) {
	body, err := f.wire()
	if err != nil {
		return wire.Answer{}, err
	}
	switch {
	case f.speaksAnthropic() && f.streams():
		return wire.AnthropicStream(string(body))
	case f.speaksAnthropic():
		return wire.Anthropic(body)
	case f.streams():
		return wire.OpenAIStream(string(body))
	}
	return wire.OpenAI(body)
}

// checkReply compares a complete answer of the gateway.
func (f *fixture) checkReply(r gateway.Reply) []string {
	if r.Status != 200 {
		return []string{fmt.Sprintf("status %d: %.300s", r.Status, r.Body)}
	}
	want, err := f.answer()
	if err != nil {
		return []string{err.Error()}
	}
	got, err := wire.OpenAI(r.Body)
	if err != nil {
		return []string{err.Error()}
	}
	problems := append(wire.ReplyProblems(r.Body, f.route() == "/chat/completions"), want.Compare(got)...)
	return append(problems, compareUsage(want.Usage, got.Usage)...)
}

func compareUsage(want, got *wire.Usage) []string {
	switch {
	case got == nil:
		return []string{"no usage"}
	case want == nil:
		return nil // the gateway's own count
	case want.Total == 0:
		want = &wire.Usage{Prompt: want.Prompt, Completion: want.Completion, Total: want.Prompt + want.Completion}
	}
	if *want != *got {
		return []string{fmt.Sprintf("usage: vendor %+v, gateway %+v", *want, *got)}
	}
	return nil
}

// checkStream compares a streamed answer of the gateway.
func (f *fixture) checkStream(r gateway.Reply, usage bool) []string {
	if r.Status != 200 {
		return []string{fmt.Sprintf("status %d: %.300s", r.Status, r.Body)}
	}
	want, err := f.answer()
	if err != nil {
		return []string{err.Error()}
	}
	got, err := wire.OpenAIStream(string(r.Body))
	if err != nil {
		return []string{err.Error()}
	}
	problems := append(wire.StreamProblems(string(r.Body), f.route() == "/chat/completions", usage), want.Compare(got)...)
	if usage {
		problems = append(problems, compareUsage(want.Usage, got.Usage)...)
	}
	return problems
}

// checkList compares embeddings or moderations: the data has to come out as it is.
func (f *fixture) checkList(r gateway.Reply) []string {
	if r.Status != 200 {
		return []string{fmt.Sprintf("status %d: %.300s", r.Status, r.Body)}
	}
	var want, got struct {
		Object        string
		Model         string
		Data, Results json.RawMessage
		Usage         *wire.Usage
	}
	body, err := f.wire()
	if err != nil {
		return []string{err.Error()}
	}
	if err := json.Unmarshal(body, &want); err != nil {
		return []string{"recording: " + err.Error()}
	}
	if err := json.Unmarshal(r.Body, &got); err != nil {
		return []string{"gateway: " + err.Error()}
	}
	var problems []string
	if wire.Canonical(string(want.Data)) != wire.Canonical(string(got.Data)) {
		problems = append(problems, "data differs")
	}
	if wire.Canonical(string(want.Results)) != wire.Canonical(string(got.Results)) {
		problems = append(problems, "results differ")
	}
	if got.Model == "" || (want.Model != "" && want.Model != got.Model) {
		problems = append(problems, fmt.Sprintf("model %q", got.Model))
	}
	if f.route() == "/embeddings" && got.Object != "list" {
		problems = append(problems, fmt.Sprintf("object %q", got.Object))
	}
	return problems
}

// checkError compares an error: status, class and the vendor's own words.
func (f *fixture) checkError(r gateway.Reply) []string {
	body, err := f.wire()
	if err != nil {
		return []string{err.Error()}
	}
	status, words := f.nativeError(body)
	class, code := wire.ErrorClass(status, words)
	var problems []string
	if f.Kind != "error" && f.streams() && r.Status == 200 {
		problems, r.Body = f.checkBroken(body, r.Body)
	} else if r.Status != code {
		problems = append(problems, fmt.Sprintf("status %d instead of %d", r.Status, code))
	}
	e, ok := r.Error()
	if !ok {
		return append(problems, fmt.Sprintf("not an error envelope: %.300s", r.Body))
	}
	if e.Code != strconv.Itoa(code) {
		problems = append(problems, fmt.Sprintf("code %q instead of %d", e.Code, code))
	}
	if !strings.HasPrefix(e.Message, "litellm."+class+": ") {
		problems = append(problems, fmt.Sprintf("class: %.80q instead of %s", e.Message, class))
	}
	if !strings.Contains(e.Message, words) {
		problems = append(problems, fmt.Sprintf("the vendor's words %.200q are not in %.300q", words, e.Message))
	}
	return problems
}

// nativeError is the status and the words of an error, which may lie in a reply with status 200 or in a stream's event.
func (f *fixture) nativeError(body []byte) (status int, words string) {
	if f.Kind == "error" {
		return f.Response.Status, wire.ErrorText(body)
	}
	if f.streams() {
		for _, e := range wire.Events(string(body)) {
			if strings.Contains(e.Data, `"error"`) {
				body = []byte(e.Data)
			}
		}
	}
	return wire.ErrorStatus(body), wire.ErrorText(body)
}

// checkBroken checks a stream that ends with an error, and returns that event.
func (f *fixture) checkBroken(native, stream []byte) (problems []string, last []byte) {
	events := wire.Events(string(stream))
	if len(events) == 0 {
		return []string{"an empty stream"}, nil
	}
	if strings.Contains(string(stream), "[DONE]") {
		problems = append(problems, "[DONE] although the stream broke")
	}
	want, err := wire.OpenAIStream(string(native))
	if err != nil {
		return append(problems, err.Error()), nil
	}
	got, err := wire.OpenAIStream(string(stream))
	if err != nil {
		return append(problems, err.Error()), nil
	}
	for i, c := range want.Choices {
		if g := got.Choices[i]; g == nil || g.Text != c.Text {
			problems = append(problems, "the text before the error differs")
		}
	}
	return problems, []byte(events[len(events)-1].Data)
}
