package route

import (
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/guest/guesttest"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

func BenchmarkOrder(b *testing.B) {
	r := NewRouter(guesttest.Plugin(b, "router", guesttest.Emit(`{"order":[2,0,1],"why":"cheapest"}`), host.Grants{}), silent)
	g := groupOf(core.Deployment{Model: "openai/gpt-4o"}, core.Deployment{Model: "openai/x"}, core.Deployment{Model: "azure/y"})
	x := core.Exchange{Model: "chat", CallID: "id"}
	b.ReportAllocs()
	for b.Loop() {
		if _, e := r.Order(g, &x, openai, nil); e != nil {
			b.Fatal(e)
		}
	}
}
