package core_test

import (
	"encoding/json"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

func TestMoney(t *testing.T) {
	for in, want := range map[string]string{"0": "0.0", "1": "1.0", "0.1": "0.1", "0.00000015": "0.00000015", "12345678.9": "12345678.9",
		"1e-10": "0.0", "-2.5": "-2.5", "1e30": "9223372036.854776"} {
		var u core.USD
		if err := json.Unmarshal([]byte(in), &u); err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(u)
		if err != nil || string(got) != want {
			t.Errorf("%s became %s, %v; want %s", in, got, err, want)
		}
	}
	for _, bad := range []string{`"1"`, `true`, `{}`} {
		var u core.USD
		if json.Unmarshal([]byte(bad), &u) == nil {
			t.Errorf("%s is money", bad)
		}
	}
}
