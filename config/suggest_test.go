package config

import "testing"

func TestClosest(t *testing.T) {
	names := []string{"master_key", "model_list", "rpm", "max_tokens", "database_connection_pool_limit", "database_url"}
	tests := map[string]string{
		"master_kye": "master_key", "MASTER-KEY": "master_key", "masterkey": "master_key", "mister_kex": "master_key",
		"rmp": "rpm", "rp": "", "x": "", "max_token": "max_tokens", "max_tokens_to_sample": "max_tokens",
		"database_connection": "database_connection_pool_limit", "data": "database_url", "dat": "", "temperature": "",
	}
	for misspelt, want := range tests {
		if got := closest(misspelt, names); got != want {
			t.Errorf("%s: got %q, want %q", misspelt, got, want)
		}
	}
}

func TestNearestPrefersPolicies(t *testing.T) {
	names := []name{{"fallbacks", false}, {"callbacks", true}}
	if got, _ := nearest("xallbacks", names); !got.policy {
		t.Errorf("got %+v", got)
	}
	if got, _ := nearest("fallback", names); got.text != "fallbacks" {
		t.Errorf("got %+v", got)
	}
}

func TestEdits(t *testing.T) {
	tests := []struct {
		a, b string
		want int
	}{{"", "", 0}, {"a", "", 1}, {"kitten", "sitting", 3}, {"ab", "ba", 1}, {"abcd", "acbd", 1}, {"rpm", "tpm", 1}}
	for _, test := range tests {
		if got := edits(test.a, test.b, 9); got != test.want {
			t.Errorf("%s, %s: got %d", test.a, test.b, got)
		}
		if got := edits(test.b, test.a, 9); got != test.want {
			t.Errorf("%s, %s: got %d", test.b, test.a, got)
		}
	}
}
