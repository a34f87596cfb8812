package main

import (
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
)

// address is what a request's path is made of.
type address struct {
	base     string // path of the base URL, without a slash at its end
	version  string // api_version
	endpoint string // chat/completions and so on
}

func endpoint(c *sdk.Call, q relay.Quirks) string {
	switch e := c.Endpoint(); {
	case e == hostabi.Embeddings:
		return "embeddings"
	case e == hostabi.Chat && q&relay.ChatByCompletions != 0, e == hostabi.Completions && q&relay.CompletionsByChat == 0:
		return "completions"
	}
	return "chat/completions"
}

// v1 reports whether the base URL is that of the API that has no versions by date.
func (a *address) v1() bool {
	return strings.HasSuffix(a.base, "/openai/v1") || strings.Contains(a.base, "/openai/v1/")
}

// deployment returns the path after the base URL of an Azure OpenAI request. The base URL may hold part of it.
func (a *address) deployment(model string) string {
	switch {
	case strings.HasSuffix(a.base, "/"+a.endpoint):
		return a.query()
	case a.v1(), strings.Contains(a.base, "/openai/deployments/"):
		return "/" + a.endpoint + a.query()
	}
	model = strings.TrimPrefix(strings.TrimPrefix(model, "o_series/"), "gpt5_series/")
	path := "/deployments/" + escape(model) + "/" + a.endpoint + a.query()
	if strings.HasSuffix(a.base, "/openai") {
		return path
	}
	return "/openai" + path
}

// foundry returns the path after the base URL of a model inference request. Resources have their models below /models,
// serverless endpoints at the root of their own host and without versions.
func (a *address) foundry(base string) string {
	path, query := "/"+a.endpoint, ""
	if strings.HasSuffix(a.base, path) {
		path = ""
	}
	switch {
	case strings.Contains(a.base+"/", "/models/"):
		query = a.query()
	case a.base == "" && (base == "" || strings.Contains(base, "services.ai.azure.com")):
		path, query = "/models"+path, a.query()
	}
	return path + query
}

func (a *address) query() string {
	if a.version == "" || a.v1() && a.dated() {
		return ""
	}
	return "?api-version=" + escape(a.version)
}

func (a *address) dated() bool { return a.version[0] >= '0' && a.version[0] <= '9' }

// streamsUsage reports whether the API's version knows stream_options; older ones refuse them.
func (a *address) streamsUsage() bool { return a.v1() || a.version >= "2024-09-01" }

const hex = "0123456789ABCDEF"

// escape writes a path segment or query value.
func escape(s string) string {
	var b strings.Builder
	for _, c := range []byte(s) {
		switch {
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '-', c == '_', c == '.', c == '~':
			b.WriteByte(c)
		default:
			b.WriteByte('%')
			b.WriteByte(hex[c>>4])
			b.WriteByte(hex[c&15])
		}
	}
	return b.String()
}
