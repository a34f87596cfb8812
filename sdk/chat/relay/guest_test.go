package relay_test

import (
	"encoding/json"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat/relay"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func init() { sdk.Provide(relay.Provider()) }

// exchange opens one through a vendor of testdata.
func exchange(t testing.TB, vendor string, endpoint hostabi.Endpoint, flags uint32, attrs ...string) *sdktest.Run {
	x := sdktest.Exchange{Vendor: vendor, Endpoint: endpoint, Flags: flags, Attrs: map[string]string{"model": "asked-for"}}
	for i := 0; i+1 < len(attrs); i += 2 {
		x.Attrs[attrs[i]] = attrs[i+1]
	}
	return sdktest.Native(t, "testdata").Open(x)
}

func valid(t testing.TB, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !json.Valid([]byte(text)) {
			t.Errorf("not JSON: %s", text)
		}
	}
}

func TestConfigureRefusesUnknownQuirks(t *testing.T) {
	exchange(t, "openai", hostabi.Chat, 0)
	if code := sdk.Configure([]byte(`{"vendors":[{"name":"x","quirks":["flat_content","flies"]}]}`)); code == 0 {
		t.Error("accepted")
	}
	if code := sdk.Configure([]byte(`{"vendors":[{"name":"x","quirks":["flat_content"]}]}`)); code != 0 {
		t.Errorf("refused with %d", code)
	}
}
