package config

import (
	"fmt"
	"io"
	"strings"
)

// WriteReference writes the page of all known keys in Markdown: what each accepts, what it is for and whether the
// gateway acts on it.
func WriteReference(w io.Writer) error {
	var b strings.Builder
	b.WriteString("# Keys of config.yaml\n")
	topFields.document(&b, "Top level")
	itemFields.document(&b, "`model_list[]`")
	paramFields.document(&b, "`model_list[].litellm_params`")
	infoFields.document(&b, "`model_list[].model_info`")
	credentialFields.document(&b, "`credential_list[]`")
	litellmFields.document(&b, "`litellm_settings`")
	generalFields.document(&b, "`general_settings`")
	routerFields.document(&b, "`router_settings`")
	guardrailFields.document(&b, "`guardrails[]`")
	guardrailParamFields.document(&b, "`guardrails[].litellm_params`")
	pluginFields.document(&b, "`plugins.NAME`")
	pluginUpstreamFields.document(&b, "`plugins.NAME.upstreams.NAME`")
	pluginLimitFields.document(&b, "`plugins.NAME.limits`")
	policyFields.document(&b, "`plugin_policy`")
	if _, err := io.WriteString(w, b.String()); err != nil {
		return fmt.Errorf("write config reference: %w", err)
	}
	return nil
}

func (t table[T]) document(b *strings.Builder, title string) {
	fmt.Fprintf(b, "\n## %s\n\n| key | accepts | meaning | acted on |\n|---|---|---|---|\n", title)
	for _, f := range t {
		acted := "not yet"
		if f.acted {
			acted = "yes"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", f.name, f.want, f.doc, acted)
	}
}
