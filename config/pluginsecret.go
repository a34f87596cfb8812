package config

import (
	"encoding/json"
	"strings"
)

// credentialEndings are what the names of credentials end in. They are fewer than those of looksSecret: settings of a
// guard may well be about secrets without being one.
var credentialEndings = []string{"key", "apikey", "token", "password", "passwd", "secret", "credential", "credentials", "authorization"}

// looksCredential guesses from a name whether its text is a credential.
func looksCredential(name string) bool {
	name = normalized(name)
	for _, ending := range credentialEndings {
		if name == ending || strings.HasSuffix(name, "_"+ending) {
			return true
		}
	}
	return false
}

// settingsOf returns a plugin's settings as JSON, nil when there are none. Credentials are refused: a plugin gets to see
// its settings.
func settingsOf(d *diagnosis, n *node) json.RawMessage {
	if n == nil {
		return nil
	}
	refuseCredentials(d, n, "")
	return jsonOf(n)
}

func refuseCredentials(d *diagnosis, n *node, key string) {
	const instead = "a plugin sees its settings, so no credential may be among them: use upstreams.NAME.api_key"
	switch {
	case n.env != "" && (looksSecret(n.env) || looksCredential(key)):
		d.errorf(n.place, "the variable %s looks like a credential; %s", n.env, instead)
	case n.kind == text && n.text != "" && looksCredential(key):
		d.errorf(n.place, "this looks like a credential; %s", instead)
	}
	for _, item := range n.items {
		refuseCredentials(d, item, key)
	}
	for _, e := range n.entries {
		refuseCredentials(d, e.value, e.key)
	}
}
