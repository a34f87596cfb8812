package chat

import (
	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk"
)

var (
	attrRoles     = sdk.Name("roles")
	attrInitial   = sdk.Name("initial_prompt_value")
	attrFinal     = sdk.Name("final_prompt_value")
	attrBOS       = sdk.Name("bos_token")
	attrEOS       = sdk.Name("eos_token")
	keyRole       = sdk.Name("role")
	keyContent    = sdk.Name("content")
	roleSystem    = sdk.Name("system")
	roleUser      = sdk.Name("user")
	roleAssistant = sdk.Name("assistant")
)

// Template says how the messages of a chat become one prompt, for models that only continue texts.
type Template struct {
	Initial, Final string // at the beginning and the end
	BOS, EOS       string // before a conversation's turn and after the model's

	roles tape.Doc // {"user":{"pre_message":…,"post_message":…},…}
}

// TemplateOf reads the deployment's prompt template from the exchange's attributes roles, which is JSON,
// initial_prompt_value, final_prompt_value, bos_token and eos_token; the manifest has to name them in params. ok is
// false when there is no template.
func TemplateOf(c *sdk.Call) (t Template, ok bool) {
	roles := c.Attr(attrRoles)
	t = Template{Initial: c.Attr(attrInitial), Final: c.Attr(attrFinal), BOS: c.Attr(attrBOS), EOS: c.Attr(attrEOS)}
	if roles != "" && t.roles.Scan([]byte(roles)) != nil {
		t.roles.Reset()
		sdk.Log(8, "the prompt template's roles are not JSON: they are ignored")
	}
	return t, roles != "" || t.Initial != "" || t.Final != ""
}

// Write adds the prompt as a part of a JSON string: the beginning, each message between what belongs around its role,
// and the end. BOS comes first and again before each system or user message that follows an assistant's; EOS after
// each assistant's.
func (t *Template) Write(o *sdk.Out, messages sdk.Value) {
	o.Escape(t.BOS).Escape(t.Initial)
	open := true
	for m := messages.First(); m.Exists(); m = m.Next() {
		role := m.Get(keyRole)
		if !open && (role.Is(roleSystem) || role.Is(roleUser)) {
			o.Escape(t.BOS)
			open = true
		}
		around := t.around(role.Text())
		o.Escape(around[0])
		WriteText(o, m.Get(keyContent))
		o.Escape(around[1])
		if role.Is(roleAssistant) {
			o.Escape(t.EOS)
			open = false
		}
	}
	o.Escape(t.Final)
}

// around is what comes before and after the messages of a role.
func (t *Template) around(role string) [2]string {
	if len(t.roles.Nodes) == 0 {
		return [2]string{}
	}
	i := t.roles.Named(0, role)
	return [2]string{
		string(t.roles.Text(t.roles.Named(i, "pre_message"))),
		string(t.roles.Text(t.roles.Named(i, "post_message"))),
	}
}

// WriteJoined adds the texts of the messages, with a space between them, as a part of a JSON string: the prompt where
// there is no template.
func WriteJoined(o *sdk.Out, messages sdk.Value) {
	first := true
	for m := messages.First(); m.Exists(); m = m.Next() {
		content := m.Get(keyContent)
		if content.Empty() {
			continue
		}
		if !first {
			o.Lit(" ")
		}
		first = false
		WriteText(o, content)
	}
}
