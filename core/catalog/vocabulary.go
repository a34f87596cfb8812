package catalog

import (
	"strings"
	"sync"

	"github.com/tiktoken-go/tokenizer/codec"
)

// A vocabulary is a map of 100,000 (cl100k) or 200,000 (o200k) strings: built when first needed, then kept.
var (
	cl100k = sync.OnceValue(codec.NewCl100kBase)
	o200k  = sync.OnceValue(codec.NewO200kBase)
)

func encoderFor(model string) *codec.Codec {
	if usesCl100k(model[strings.LastIndexByte(model, '/')+1:]) {
		return cl100k()
	}
	return o200k()
}

// cl100kFamilies start the names of OpenAI's models that came before gpt-4o.
var cl100kFamilies = []string{
	"gpt-4-", "gpt-3.5", "gpt-35", "text-embedding-3", "text-embedding-ada-002", "davinci-002", "babbage-002",
}

func usesCl100k(model string) bool {
	model = strings.TrimPrefix(model, "ft:")
	if model == "gpt-4" || strings.HasPrefix(model, "gpt-4:") {
		return true
	}
	for _, family := range cl100kFamilies {
		if strings.HasPrefix(model, family) {
			return true
		}
	}
	return false
}
