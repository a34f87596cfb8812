package provider

import (
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
)

// numbers pairs what must be equal in core and in the contract.
var numbers = [][2]int{
	{int(core.ByStatus), int(hostabi.ClassByStatus)}, {int(core.BadRequest), int(hostabi.BadRequest)},
	{int(core.ContextWindowExceeded), int(hostabi.ContextWindowExceeded)},
	{int(core.ContentPolicyViolation), int(hostabi.ContentPolicyViolation)},
	{int(core.UnsupportedParams), int(hostabi.UnsupportedParams)}, {int(core.Authentication), int(hostabi.Authentication)},
	{int(core.PermissionDenied), int(hostabi.PermissionDenied)}, {int(core.NotFound), int(hostabi.NotFound)},
	{int(core.Timeout), int(hostabi.Timeout)}, {int(core.Unprocessable), int(hostabi.UnprocessableEntity)},
	{int(core.RateLimit), int(hostabi.RateLimit)}, {int(core.InternalServer), int(hostabi.InternalServer)},
	{int(core.APIConnection), int(hostabi.APIConnection)}, {int(core.ServiceUnavailable), int(hostabi.ServiceUnavailable)},
	{int(core.APIError), int(hostabi.APIError)},
	{int(core.Chat), int(hostabi.Chat)}, {int(core.Completions), int(hostabi.Completions)},
	{int(core.Embeddings), int(hostabi.Embeddings)}, {int(core.Moderations), int(hostabi.Moderations)},
}

// The numbers of the domain are those of the contract with plugins: core converts between them.
func TestNumbersOfTheContract(t *testing.T) {
	for _, pair := range numbers {
		if pair[0] != pair[1] {
			t.Errorf("%d is not %d", pair[0], pair[1])
		}
	}
}
