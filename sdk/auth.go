package sdk

import "github.com/sluice-gateway/sluice/hostabi"

// Auth decides who presents a credential that the gateway itself doesn't know.
type Auth struct {
	// Configure is as in Guard.
	Configure func(settings Value) error
	// Check answers with Accept or returns what Refuse gives. Without an answer the credential is left to the gateway.
	// Another error says that it could not decide: then the fail mode does.
	Check func(c *Credential) error
	// Calls allows Fetch and Sleep in Check.
	Calls bool
}

// Authenticate registers the plugin's auth hook. Call it once, from init.
func Authenticate(a Auth) {
	serve(a.Configure, a.Calls, hostabi.EventAuth, hostabi.EventAuth, a.Check)
}

// Credential is what a client presented.
type Credential struct{ Exchange }

// Doc returns the facts about the credential, an object: key_hash, scheme (bearer, basic or key), route, endpoint,
// client_ip, model. The credential itself is not there.
func (c *Credential) Doc() Value { return c.doc.Root() }

// Principal is who a client is. Members that are empty say nothing.
type Principal struct {
	KeyAlias, UserID, TeamID, OrganizationID string
	Models                                   []string // the model groups that it may use; nil = all, empty = none
	Admin                                    bool     // it may manage the gateway
}

// Accept answers who the client is.
func (c *Credential) Accept(p Principal) {
	w := c.Out().Object()
	for _, member := range [...]struct{ key, text string }{
		{"key_alias", p.KeyAlias}, {"user_id", p.UserID}, {"team_id", p.TeamID}, {"organization_id", p.OrganizationID},
	} {
		if member.text != "" {
			w.Key(member.key).String(member.text)
		}
	}
	if p.Models != nil {
		o := w.Key("models").Lit("[")
		for i, model := range p.Models {
			if i > 0 {
				o.Lit(",")
			}
			o.String(model)
		}
		o.Lit("]")
	}
	if p.Admin {
		w.Key("admin").Lit("true")
	}
	c.body(w.Close())
}

// Refuse returns the error that turns the client away with status 401.
func (c *Credential) Refuse(message string) error { return Refuse(hostabi.Authentication, message) }
