package endpoint

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/valyala/fasthttp"
)

// callID is the caller's own id for the request if it is a sane one, else a new random UUID.
func callID(ctx *fasthttp.RequestCtx) string {
	own := ctx.Request.Header.Peek("x-litellm-call-id")
	if len(own) > 0 && len(own) <= 128 && printable(own) {
		return string(own)
	}
	return newUUID()
}

func printable(b []byte) bool {
	for _, c := range b {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return true
}

// newUUID returns a random UUID (RFC 9562, version 4).
func newUUID() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	var s [36]byte
	hex.Encode(s[:8], u[:4])
	hex.Encode(s[9:13], u[4:6])
	hex.Encode(s[14:18], u[6:8])
	hex.Encode(s[19:23], u[8:10])
	hex.Encode(s[24:], u[10:])
	s[8], s[13], s[18], s[23] = '-', '-', '-', '-'
	return string(s[:])
}
