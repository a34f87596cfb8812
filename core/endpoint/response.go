package endpoint

import (
	"bytes"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core"
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

// withUsage adds the usage where the vendor reported none, counted: clients rely on it.
func withUsage(body []byte, f *pipeline.Flight) []byte {
	if f.Usage.Counted {
		return body
	}
	var d, out tape.Doc
	if d.Scan(body) != nil || d.Nodes[0].Kind != tape.Object || d.Get(0, keyUsage) >= 0 {
		return body
	}
	var w written
	w.add(&d)
	patch := tape.Patch{Set: []tape.Alias{{Key: keyUsage, To: estimate(f, w.tokens(f.Attempt.Model))}}}
	patch.Apply(&out, &d)
	return out.Src
}

// estimate notes a usage with that many tokens of output, the prompt's counted too, and returns it as clients get it.
func estimate(f *pipeline.Flight, completion int) string {
	f.Usage = core.Usage{Prompt: promptTokens(f), Completion: completion}
	return string(appendUsage(nil, f))
}

func appendUsage(b []byte, f *pipeline.Flight) []byte {
	u := &f.Usage
	b = strconv.AppendInt(append(b, `{"prompt_tokens":`...), int64(u.Prompt), 10)
	b = strconv.AppendInt(append(b, `,"completion_tokens":`...), int64(u.Completion), 10)
	b = strconv.AppendInt(append(b, `,"total_tokens":`...), int64(u.Prompt+u.Completion), 10)
	return append(b, '}')
}
