package route

import (
	"math"
	"slices"
	"testing"

	"github.com/sluice-gateway/sluice/core"
)

func f(v float64) *float64 { return &v }

// groupOf makes the group of a table from deployments named by their position.
func groupOf(list ...core.Deployment) *Group {
	var all []*core.Deployment
	for i := range list {
		list[i].ID, list[i].Group = string(rune('a'+i)), "g"
		all = append(all, &list[i])
	}
	return NewTable(all, nil).Groups()[0]
}

func TestWeights(t *testing.T) {
	for name, c := range map[string]struct {
		list []core.Deployment
		want []float64 // running sums; nil = uniform
	}{
		"none":                         {[]core.Deployment{{}, {}}, nil},
		"weight":                       {[]core.Deployment{{Weight: f(9)}, {Weight: f(1)}}, []float64{9, 10}},
		"rpm":                          {[]core.Deployment{{RPM: f(900)}, {RPM: f(100)}}, []float64{900, 1000}},
		"tpm":                          {[]core.Deployment{{TPM: f(1)}, {TPM: f(3)}}, []float64{1, 4}},
		"weight before rpm before tpm": {[]core.Deployment{{Weight: f(1), RPM: f(5), TPM: f(9)}, {Weight: f(2), RPM: f(5)}}, []float64{1, 3}},
		"rpm before tpm":               {[]core.Deployment{{RPM: f(5), TPM: f(9)}, {RPM: f(5), TPM: f(1)}}, []float64{5, 10}},
		"one without":                  {[]core.Deployment{{RPM: f(5)}, {}, {RPM: f(2)}}, []float64{5, 5, 7}},
		"first without":                {[]core.Deployment{{}, {RPM: f(5)}}, nil},
		"all zero":                     {[]core.Deployment{{Weight: f(0)}, {Weight: f(0)}}, nil},
		"negative":                     {[]core.Deployment{{Weight: f(-1)}, {Weight: f(2)}}, []float64{0, 2}},
		"all negative":                 {[]core.Deployment{{Weight: f(-1)}, {Weight: f(-2)}}, nil},
	} {
		if got := groupOf(c.list...).weights; !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// A point of the running sums belongs to the deployment whose share it falls in, down to the last bit.
func TestAt(t *testing.T) {
	g := groupOf(core.Deployment{Weight: f(0)}, core.Deployment{Weight: f(2)}, core.Deployment{Weight: f(0)}, core.Deployment{Weight: f(1)})
	for point, want := range map[float64]string{0: "b", 1: "b", math.Nextafter(2, 0): "b", 2: "d", math.Nextafter(3, 0): "d"} {
		if got := g.at(point).ID; got != want {
			t.Errorf("at %v is %s, want %s", point, got, want)
		}
	}
}

// shares counts what n picks give. The bounds below are six standard deviations wide: they fail by chance once in
// 500 million runs.
func shares(n int, pick func() *core.Deployment) map[string]int {
	counts := map[string]int{}
	for range n {
		counts[pick().ID]++
	}
	return counts
}

func about(t *testing.T, what string, got, n int, share float64) {
	t.Helper()
	mean, deviation := float64(n)*share, math.Sqrt(float64(n)*share*(1-share))
	if math.Abs(float64(got)-mean) > 6*deviation {
		t.Errorf("%s: %d of %d, want about %.0f", what, got, n, mean)
	}
}

func TestPick(t *testing.T) {
	const n = 20000
	weighted := groupOf(core.Deployment{Weight: f(9)}, core.Deployment{Weight: f(1)}, core.Deployment{Weight: f(0)})
	got := shares(n, func() *core.Deployment { return weighted.Pick(nil) })
	about(t, "weight 9 of 10", got["a"], n, 0.9)
	if got["c"] != 0 {
		t.Errorf("weight 0 was picked %d times", got["c"])
	}
	uniform := groupOf(core.Deployment{}, core.Deployment{}, core.Deployment{})
	got = shares(n, func() *core.Deployment { return uniform.Pick(nil) })
	for _, id := range []string{"a", "b", "c"} {
		about(t, "uniform "+id, got[id], n, 1.0/3)
	}
	zero := groupOf(core.Deployment{Weight: f(0)}, core.Deployment{Weight: f(0)})
	got = shares(n, func() *core.Deployment { return zero.Pick(nil) })
	about(t, "all zero", got["a"], n, 0.5)
}

func TestPickAfterFailures(t *testing.T) {
	const n = 20000
	g := groupOf(core.Deployment{Weight: f(6)}, core.Deployment{Weight: f(3)}, core.Deployment{Weight: f(1)}, core.Deployment{Weight: f(0)})
	d := g.Deployments
	got := shares(n, func() *core.Deployment { return g.Pick(d[:1]) })
	about(t, "3 of the 4 that are left", got["b"], n, 0.75)
	if got["a"] != 0 {
		t.Error("what was tried is picked again")
	}
	if p := g.Pick(d[:3]); p != d[3] {
		t.Errorf("%s instead of the one that is left", p.ID)
	}
	got = shares(n, func() *core.Deployment { return g.Pick(d) })
	about(t, "all tried: all count again", got["a"], n, 0.6)
	got = shares(n, func() *core.Deployment { return g.Pick([]*core.Deployment{d[0], d[0], d[0], d[0], d[0]}) })
	if got["a"] != 0 {
		t.Error("one that failed often is picked although others were not tried")
	}
	one := groupOf(core.Deployment{})
	if one.Pick(one.Deployments) != one.Deployments[0] {
		t.Error("the only deployment is not picked again")
	}
}

func TestUnusableDeploymentsAreLeftOut(t *testing.T) {
	g := groupOf(core.Deployment{Unusable: true, Weight: f(9)}, core.Deployment{Weight: f(1)}, core.Deployment{Weight: f(1)})
	got := shares(1000, func() *core.Deployment { return g.Pick(nil) })
	if got["a"] != 0 || got["b"] == 0 || got["c"] == 0 {
		t.Errorf("got %v", got)
	}
	if p := g.Pick(g.Deployments[1:]); p.ID == "a" {
		t.Error("it is picked once the others were tried")
	}
	if g.Choices() != 2 || len(g.Deployments) != 3 {
		t.Errorf("%d of %d", g.Choices(), len(g.Deployments))
	}
	if g := groupOf(core.Deployment{Unusable: true}, core.Deployment{Unusable: true}); g.Pick(nil) == nil || g.Choices() != 2 {
		t.Error("a group of none that is usable has nothing to pick")
	}
}
