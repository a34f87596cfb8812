package endpoint

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/pipeline"
)

func TestTally(t *testing.T) {
	const event = `data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[{"index":0,"delta":{"content":"` + "%" + `"}}]}` + "\n\n"
	f := &pipeline.Flight{}
	f.PromptTokens = 10
	var y tally
	y.add([]byte(strings.Replace(event, "%", "", 1)))
	y.add([]byte(strings.Replace(event, "%", "What a", 1) + strings.Replace(event, "%", " day", 1)))
	got := string(y.appendUsage([]byte("before "), f))
	want := `before data: {"id":"c1","object":"chat.completion.chunk","created":7,"model":"m","choices":[],` +
		`"usage":{"prompt_tokens":10,"completion_tokens":3,"total_tokens":13}}` + "\n\n"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if f.Usage.Prompt != 10 || f.Usage.Completion != 3 || f.Usage.Counted {
		t.Errorf("noted %+v", f.Usage)
	}
}

func TestTallyOfNothing(t *testing.T) {
	var y tally
	if got := y.appendUsage(nil, &pipeline.Flight{}); len(got) != 0 {
		t.Errorf("got %q", got)
	}
}
