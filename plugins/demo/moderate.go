package main

import "github.com/sluice-gateway/sluice/sdk"

// categories are those of OpenAI's text moderation.
var categories = []string{
	"harassment", "harassment/threatening", "hate", "hate/threatening", "self-harm", "self-harm/instructions",
	"self-harm/intent", "sexual", "sexual/minors", "violence", "violence/graphic",
}

// moderate flags nothing. A list of texts gets a result for each, parts of one message get one.
func moderate(c *sdk.Call) {
	results := 1
	if input := c.Doc().Get(keyInput); input.First().IsString() {
		results = input.Count()
	}
	o := c.Out().Lit(`{"id":`).String(sdk.RandomID("modr-")).Lit(`,"model":`).String(c.Attr(attrModel)).Lit(`,"results":[`)
	for i := range results {
		if i > 0 {
			o.Lit(",")
		}
		o.Lit(`{"flagged":false,"categories":{`)
		writeCategories(o, "false")
		o.Lit(`},"category_scores":{`)
		writeCategories(o, "0.0")
		o.Lit(`}}`)
	}
	c.Body(o.Lit("]}"))
}

func writeCategories(o *sdk.Out, value string) {
	for i, name := range categories {
		if i > 0 {
			o.Lit(",")
		}
		o.Lit(`"`).Lit(name).Lit(`":`).Lit(value)
	}
}
