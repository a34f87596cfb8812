package core_test

import (
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

func TestNearest(t *testing.T) {
	known := []string{"hide_secrets", "shout", "Pii-In"}
	for name, want := range map[string]string{"hide_secret": "hide_secrets", "SHOUT": "shout", "shot": "shout", "pii_in": "Pii-In",
		"something": "", "": "", "s": "", "banned": ""} {
		if got := core.Nearest(name, known); got != want {
			t.Errorf("%q is near %q, want %q", name, got, want)
		}
	}
}
