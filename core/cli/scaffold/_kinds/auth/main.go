// Package main is an auth plugin with a list of keys: their hashes, and who they belong to.
package main

import "github.com/sluice-gateway/sluice/sdk"

func init() { sdk.Authenticate(sdk.Auth{Configure: configure, Check: check}) }

func main() {}

var (
	keyHash = sdk.Name("key_hash")
	known   map[string]sdk.Principal // by hash
)

// configure reads plugins.__NAME__.settings.
func configure(settings sdk.Value) error {
	known = map[string]sdk.Principal{}
	for k := settings.Named("keys").First(); k.Exists(); k = k.Next() {
		known[k.Named("sha256").Text()] = sdk.Principal{
			KeyAlias: k.Named("alias").Text(),
			UserID:   k.Named("user").Text(),
			TeamID:   k.Named("team").Text(),
			Models:   k.Named("models").Strings(),
		}
	}
	return nil
}

// check is asked about keys that the gateway itself doesn't know. It gets the hash of a key, never the key.
func check(c *sdk.Credential) error {
	p, found := known[c.Doc().Get(keyHash).Text()]
	if !found {
		return c.Refuse("this key is not on the list")
	}
	c.Accept(p)
	return nil
}
