package chat_test

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

func TestReplyMember(t *testing.T) {
	steps = func(c *sdk.Call, _ *chat.Stream) {
		d := c.Doc()
		r := chat.NewReply(c, "i", "m")
		r.TextString("t")
		r.Reasoning(d.Get(keyName))
		if o := r.Member("more"); o != nil {
			o.Lit("[1]")
		}
		r.ToolCall(d.Get(keyID), d.Get(keyName), d.Get(keyArgs))
		r.Finish(chat.Stop)
		r.SendUncounted()
	}
	for endpoint, want := range map[hostabi.Endpoint]string{
		hostabi.Chat: `{"index":0,"message":{"role":"assistant","content":"t","reasoning_content":"f","more":[1],"tool_calls":[` +
			`{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}}]},"finish_reason":"stop"}`,
		hostabi.Completions: `{"index":0,"text":"t","logprobs":null,"finish_reason":"stop"}`,
	} {
		if body := open(t, endpoint).Request(source).Body; !strings.Contains(body, want) {
			t.Errorf("got %s", body)
		}
	}
}
