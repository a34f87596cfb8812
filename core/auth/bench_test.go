package auth

import (
	"testing"

	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

func BenchmarkCustom(b *testing.B) {
	c := NewCustom(guesttest.Plugin(b, "auth", guesttest.Emit(`{"user_id":"u","team_id":"t","models":["gpt-*"]}`), host.Grants{}), silent)
	k := New(master, "")
	r := presented(fixed{"Authorization": []byte("Bearer sk-own")})
	b.ReportAllocs()
	for b.Loop() {
		if _, e := c.Check(k, r); e != nil {
			b.Fatal(e)
		}
	}
}
