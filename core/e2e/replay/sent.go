package replay

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
	"github.com/sluice-gateway/sluice/core/e2e/wire"
)

// azureV1 is a path of Azure's that api_version leads to only with newer settings than the recordings show.
const azureV1 = "/openai/v1/"

// checkRequest compares what the gateway sent to the vendor with what the recorded client had sent there.
func (f *fixture) checkRequest(got mock.Request) []string {
	var problems []string
	if f.Kind != "error" && !strings.HasSuffix(f.path(), got.Path) && !strings.Contains(f.path(), azureV1) {
		problems = append(problems, fmt.Sprintf("went to %q, the vendor's path is %q", got.Path, f.path()))
	}
	if !strings.Contains(fmt.Sprint(got.Header), gateway.Secret("replay")) {
		problems = append(problems, "sent without the credential")
	}
	if !f.speaksOpenAI() || len(f.Request.Body) == 0 {
		return problems
	}
	var want, sent map[string]json.RawMessage
	if json.Unmarshal(f.Request.Body, &want) != nil || json.Unmarshal([]byte(got.Body), &sent) != nil {
		return append(problems, fmt.Sprintf("sent %.200q", got.Body))
	}
	if want[required[f.route()]] == nil {
		return problems
	}
	for key, value := range want {
		arrived, ok := sent[key]
		if !ok {
			arrived = sent[otherName[key]]
		}
		if w, g := wire.Canonical(string(value)), wire.Canonical(string(arrived)); w != g && key != "model" && key != "stream_options" {
			problems = append(problems, fmt.Sprintf("%s became %.200s, was %.200s", key, g, w))
		}
	}
	return problems
}

// otherName is what a parameter may be called instead: OpenAI renamed it, and not every vendor followed.
var otherName = map[string]string{"max_completion_tokens": "max_tokens", "max_tokens": "max_completion_tokens"}
