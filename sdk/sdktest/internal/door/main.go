// Door is an auth plugin that asks a directory: an example, and a test of principals.
package main

import "github.com/sluice-gateway/sluice/sdk"

var keyHash, user, team, models = sdk.Name("key_hash"), sdk.Name("user"), sdk.Name("team"), sdk.Name("models")

func init() { sdk.Authenticate(sdk.Auth{Check: check, Calls: true}) }

func check(c *sdk.Credential) error {
	hash := c.Doc().Get(keyHash).Text()
	if hash == "" {
		return nil
	}
	reply, err := c.Fetch(sdk.FetchRequest{Upstream: "directory", Path: "/keys/" + hash})
	if err != nil {
		return err
	}
	if reply.Status != 200 {
		return c.Refuse("the directory does not know this key")
	}
	who := reply.Doc()
	c.Accept(sdk.Principal{UserID: who.Get(user).Text(), TeamID: who.Get(team).Text(), Models: who.Get(models).Strings()})
	return nil
}

func main() {}
