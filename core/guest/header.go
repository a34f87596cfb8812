package guest

import (
	"errors"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
)

func contains(list []string, s string) bool { return slices.Contains(list, s) }

// refused are headers that a guest may not send, in lower case: credentials are the host's business, and what proxies add
// could make a service take the call for somebody else's or for another path. Those of the connection are refused by
// upstream.AppendHeader.
var refused = []string{
	"authorization", "cookie", "cookie2", "set-cookie", "api-key", "x-api-key", "x-goog-api-key", "x-litellm-api-key",
	"ocp-apim-subscription-key", "x-auth-token", "x-amz-security-token", "x-access-token",
	"forwarded", "via", "x-real-ip", "x-client-ip", "true-client-ip", "cf-connecting-ip", "x-original-url", "x-rewrite-url",
	"x-http-method", "x-http-method-override", "x-method-override",
}

// isCredential reports whether a header of that name, in lower case, carries a secret.
func isCredential(name string) bool {
	for _, part := range [...]string{"auth", "key", "token", "secret", "cookie", "password"} {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

var errRefusedHeader = errors.New("header that a plugin may not send")

// appendHeaders appends the lines of a call: the upstream's own, those of the guest that it doesn't have itself, and what
// neither of them says.
func (u *Upstream) appendHeaders(dst []byte, guest [][2]string, body bool) ([]byte, error) {
	dst = append(dst, u.header...)
	typed, named := contains(u.own, "content-type"), contains(u.own, "user-agent")
	for _, h := range guest {
		name := strings.ToLower(h[0])
		if u.refuses(name) {
			return nil, errRefusedHeader
		}
		if contains(u.own, name) {
			continue
		}
		typed, named = typed || name == "content-type", named || name == "user-agent"
		var err error
		if dst, err = upstream.AppendHeader(dst, h[0], h[1]); err != nil {
			return nil, err
		}
	}
	if !named {
		dst = append(dst, "User-Agent: sluice/"+core.Version+"\r\n"...)
	}
	if body && !typed {
		dst = append(dst, "Content-Type: application/json\r\n"...)
	}
	return dst, nil
}

func (u *Upstream) refuses(name string) bool {
	return name == u.credential || contains(refused, name) || strings.HasPrefix(name, "proxy-") || strings.HasPrefix(name, "x-forwarded-")
}
