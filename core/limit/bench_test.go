package limit

import (
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/limit/redistest"
)

func benchBounds(b *testing.B, l *Limiter, parallel *int64) *Bounds {
	b.Helper()
	bounds, err := l.Bind([]core.Payer{key(core.Limits{RPM: ptr(int64(1 << 60)), MaxBudget: ptr(core.Dollar * 1e9)}), team(core.Limits{TPM: ptr(int64(1 << 60))}),
		{Kind: core.PayerUser, ID: "u", Limits: core.Limits{RPM: ptr(int64(1 << 60)), Parallel: parallel}}}, unspent)
	if err != nil {
		b.Fatal(err)
	}
	return bounds
}

func BenchmarkReserve(b *testing.B) {
	l := New()
	bounds := benchBounds(b, l, ptr(int64(100)))
	b.ReportAllocs()
	var lease Lease
	for b.Loop() {
		if err := l.Reserve(&lease, "m", Estimate{100, 100}, bounds); err != nil {
			b.Fatal(err)
		}
		lease.Settle(Estimate{50, 50})
	}
}

func BenchmarkReserveInRedis(b *testing.B) {
	for name, parallel := range map[string]*int64{"rates and budget": nil, "slots too": ptr(int64(1 << 60))} {
		l := sharing(b, nil, Redis{Client: at(redistest.Start(b).Addr)})
		bounds := benchBounds(b, l, parallel)
		b.Run(name+", one after the other", func(b *testing.B) {
			b.ReportAllocs()
			var lease Lease
			for b.Loop() {
				if err := l.Reserve(&lease, "m", Estimate{100, 100}, bounds); err != nil {
					b.Fatal(err)
				}
				lease.Settle(Estimate{50, 50})
			}
			settled(b, l)
		})
		b.Run(name+", 128 at once", func(b *testing.B) {
			b.ReportAllocs()
			b.SetParallelism(64)
			b.RunParallel(func(p *testing.PB) {
				var lease Lease
				for p.Next() {
					if err := l.Reserve(&lease, "m", Estimate{100, 100}, bounds); err != nil {
						b.Error(err)
						return
					}
					lease.Settle(Estimate{50, 50})
				}
			})
			settled(b, l)
		})
	}
}
