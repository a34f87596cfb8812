package chat_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

const conversation = `{"a":[{"role":"system","content":"S"},{"role":"user","content":[{"type":"text","text":"U"}]},` +
	`{"role":"assistant","content":"A\n"},{"role":"user","content":"V"},{"role":"tool","content":"T"}]}`

func TestTemplate(t *testing.T) {
	for _, tc := range []struct {
		name  string
		attrs map[string]string
		want  string
	}{
		{"none", nil, ""},
		{"around", map[string]string{"initial_prompt_value": "<\"", "final_prompt_value": ">"}, `<\"SUA\nVT>`},
		{"roles", map[string]string{
			"roles": `{"system":{"pre_message":"[s]\n","post_message":"[/s]"},"user":{"pre_message":"[u]"},"assistant":{"post_message":"[/a]"}}`,
		}, `[s]\nS[/s][u]UA\n[/a][u]VT`},
		{"tokens", map[string]string{"roles": `{}`, "bos_token": "<s>", "eos_token": "</s>", "final_prompt_value": "!"}, `<s>SUA\n</s><s>VT!`},
		{"roles that are not JSON", map[string]string{"roles": `{`}, `SUA\nVT`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			steps = func(c *sdk.Call, _ *chat.Stream) {
				o := c.Out().Lit(`"`)
				if template, ok := chat.TemplateOf(c); ok {
					template.Write(o, c.Doc().Get(keyA))
				}
				c.Body(o.Lit(`"`))
			}
			x := sdktest.Native(t, "testdata").Open(sdktest.Exchange{Attrs: tc.attrs})
			if got := x.Request(conversation).Body; got != `"`+tc.want+`"` {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

func TestWriteJoined(t *testing.T) {
	steps = func(c *sdk.Call, _ *chat.Stream) {
		o := c.Out().Lit(`"`)
		chat.WriteJoined(o, c.Doc().Get(keyA))
		c.Body(o.Lit(`"`))
	}
	for in, want := range map[string]string{
		conversation: `"S U A\n V T"`, `{"a":[]}`: `""`, `{"a":[{"role":"assistant","content":null},{"content":"x"}]}`: `"x"`,
	} {
		if got := open(t, hostabi.Chat).Request(in).Body; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
