package relay

import (
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// count reports the usage that a document carries and returns that object: the member usage, or the one inside Groq's
// own. It doesn't exist when there is none.
func (s *State) count(c *sdk.Call, usage, groq sdk.Value) sdk.Value {
	if !usage.IsObject() {
		usage = groq.Get(keyUsage)
	}
	if !usage.IsObject() {
		return sdk.Value{}
	}
	s.usage = chat.ReadUsage(usage, c.Endpoint())
	c.Usage(s.usage)
	return usage
}
