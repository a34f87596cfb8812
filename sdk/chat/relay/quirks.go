package relay

import (
	"errors"

	"github.com/sluice-gateway/sluice/sdk"
)

// Quirks are the ways in which a vendor's API differs from OpenAI's, as bits.
type Quirks uint16

// The quirks that manifests may name.
const (
	DeveloperRole        Quirks = 1 << iota // developer_role: knows developer messages; others get them as system messages
	NoStreamOptions                         // no_stream_options: refuses stream_options
	StreamOptionsAsGiven                    // stream_options_as_given: may refuse stream_options: they are sent when the client gave them
	FlatContent                             // flat_content: takes a message's text as one string only
	CompletionsByChat                       // completions_by_chat: has no completions endpoint, its chat endpoint stands in
	ChatByCompletions                       // chat_by_completions: has no chat endpoint, its completions endpoint stands in
	PromptTemplates                         // prompt_templates: the same for deployments that have a prompt template
	AddsV1                                  // adds_v1: base URLs come with and without /v1
	FireworksModels                         // fireworks_models: short model names belong to the account fireworks
	RouterModels                            // router_models: provider/owner/name is written owner/name:provider
	NoFloatFormat                           // no_float_format: refuses encoding_format float, its default
)

var quirkNames = map[string]Quirks{
	"developer_role":          DeveloperRole,
	"no_stream_options":       NoStreamOptions,
	"stream_options_as_given": StreamOptionsAsGiven,
	"flat_content":            FlatContent,
	"completions_by_chat":     CompletionsByChat,
	"chat_by_completions":     ChatByCompletions,
	"prompt_templates":        PromptTemplates,
	"adds_v1":                 AddsV1,
	"fireworks_models":        FireworksModels,
	"router_models":           RouterModels,
	"no_float_format":         NoFloatFormat,
}

// vendors holds the quirks of the manifest's vendors, in their order.
var vendors []Quirks

// Configure reads the vendors' quirks. One that is not known is an error.
func Configure(config sdk.Value) error {
	vendors = vendors[:0]
	for v := config.Named("vendors").First(); v.Exists(); v = v.Next() {
		var all Quirks
		for q := v.Named("quirks").First(); q.Exists(); q = q.Next() {
			bit, ok := quirkNames[q.Text()]
			if !ok {
				return errors.New("vendor " + v.Named("name").Text() + ": quirk " + q.Text() + " is not known")
			}
			all |= bit
		}
		vendors = append(vendors, all)
	}
	return nil
}

// QuirksOf returns the quirks of the exchange's vendor.
func QuirksOf(c *sdk.Call) Quirks {
	if i := c.Vendor(); i < len(vendors) {
		return vendors[i]
	}
	return 0
}

func (q Quirks) has(bit Quirks) bool { return q&bit != 0 }
