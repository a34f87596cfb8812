package guest

import "github.com/sluice-gateway/sluice/hostabi/tape"

// The attributes that plugins of every kind may ask for.
var (
	attrCallID    = tape.MustIntern("call_id")
	attrModel     = tape.MustIntern("requested_model")
	attrEndpoint  = tape.MustIntern("endpoint")
	attrStream    = tape.MustIntern("stream")
	attrKeyHash   = tape.MustIntern("key_hash")
	attrKeyAlias  = tape.MustIntern("key_alias")
	attrUserID    = tape.MustIntern("user_id")
	attrTeamID    = tape.MustIntern("team_id")
	attrEndUser   = tape.MustIntern("end_user")
	streamedTexts = map[bool]string{true: "true", false: "false"}
)

// attribute answers what a guest asks about the exchange. What is not known of it, is absent.
func (c *Context) attribute(name tape.Atom) (string, bool) {
	x, value := c.x, ""
	switch name {
	case attrCallID:
		value = x.CallID
	case attrModel:
		value = x.Model
	case attrEndpoint:
		value = x.Endpoint.String()
	case attrStream:
		value = streamedTexts[x.Stream]
	case attrKeyHash:
		value = x.Principal.KeyHash
	case attrKeyAlias:
		value = x.Principal.KeyAlias
	case attrUserID:
		value = x.Principal.UserID
	case attrTeamID:
		value = x.Principal.TeamID
	case attrEndUser:
		value = x.EndUser
	}
	return value, value != ""
}
