package endpoint

import (
	"bytes"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var keyUsage = tape.MustIntern("usage")

// appendResponse appends the client's response: the model's, with what chat responses have in addition.
func appendResponse(dst []byte, f *pipeline.Flight) []byte {
	body := bytes.TrimRight(f.Body(), " \t\r\n")
	if f.Endpoint == core.Chat || f.Endpoint == core.Completions {
		body = withUsage(body, f)
	}
	if f.Endpoint != core.Chat || len(body) < 2 || body[len(body)-1] != '}' {
		return append(dst, body...)
	}
	dst = append(dst, body[:len(body)-1]...)
	if len(body) > 2 {
		dst = append(dst, ',')
	}
	dst = append(dst, `"_response_ms":`...)
	dst = strconv.AppendFloat(dst, milliseconds(time.Since(f.Start)), 'f', 3, 64)
	return append(dst, '}')
}

// withUsage adds an estimate of the usage where the vendor reported none: clients rely on it.
func withUsage(body []byte, f *pipeline.Flight) []byte {
	if f.Usage.Counted {
		return body
	}
	var d, out tape.Doc
	if d.Scan(body) != nil || d.Nodes[0].Kind != tape.Object || d.Get(0, keyUsage) >= 0 {
		return body
	}
	patch := tape.Patch{Set: []tape.Alias{{Key: keyUsage, To: estimate(f, catalog.Estimate(len(body)))}}}
	patch.Apply(&out, &d)
	return out.Src
}

// estimate notes a usage with that many tokens of output, the prompt's estimated, and returns it as clients get it.
func estimate(f *pipeline.Flight, completion int) string {
	prompt := catalog.Estimate(max(len(f.Doc.Src), f.PromptBytes))
	f.Usage = core.Usage{Prompt: prompt, Completion: completion}
	return `{"prompt_tokens":` + strconv.Itoa(prompt) + `,"completion_tokens":` + strconv.Itoa(completion) +
		`,"total_tokens":` + strconv.Itoa(prompt+completion) + `}`
}
