package route

import (
	"math/rand/v2"
	"slices"
	"sort"

	"github.com/sluice-gateway/sluice/core"
)

// weigh prepares the weighted pick: by weight if the first deployment has one, else by rpm, else by tpm.
func (g *Group) weigh() {
	first := g.choices[0]
	var of func(*core.Deployment) *float64
	switch {
	case first.Weight != nil:
		of = func(d *core.Deployment) *float64 { return d.Weight }
	case first.RPM != nil:
		of = func(d *core.Deployment) *float64 { return d.RPM }
	case first.TPM != nil:
		of = func(d *core.Deployment) *float64 { return d.TPM }
	default:
		return
	}
	sum := 0.0
	sums := make([]float64, len(g.choices))
	for i, d := range g.choices {
		if w := of(d); w != nil && *w > 0 {
			sum += *w
		}
		sums[i] = sum
	}
	if sum > 0 {
		g.weights = sums
	}
}

// Pick chooses a deployment at random by weight, leaving out those that were tried. When all were, all count again.
func (g *Group) Pick(tried []*core.Deployment) *core.Deployment {
	if len(g.choices) == 1 {
		return g.choices[0]
	}
	if len(tried) == 0 {
		return g.shuffle()
	}
	return g.pickRest(tried)
}

func (g *Group) shuffle() *core.Deployment {
	if g.weights == nil {
		return g.choices[rand.IntN(len(g.choices))]
	}
	return g.at(rand.Float64() * g.weights[len(g.weights)-1])
}

// at is the deployment whose share of the weights holds the point.
func (g *Group) at(point float64) *core.Deployment {
	return g.choices[sort.Search(len(g.weights), func(i int) bool { return g.weights[i] > point })]
}

// pickRest is for retries, so it may build a smaller group.
func (g *Group) pickRest(tried []*core.Deployment) *core.Deployment {
	var rest []*core.Deployment
	for _, d := range g.choices {
		if !slices.Contains(tried, d) {
			rest = append(rest, d)
		}
	}
	if len(rest) == 0 {
		return g.shuffle()
	}
	return NewGroup(g.Name, rest...).shuffle()
}
