// Package main is a router that sends each request to the deployment that answered fastest of late, or, if the operator
// prefers, to the cheapest.
package main

import (
	"strconv"

	"github.com/sluice-gateway/sluice/sdk"
)

func init() { sdk.Direct(sdk.Router{Configure: configure, Route: route}) }

func main() {}

var (
	keyLatency = sdk.Name("latency_ms")
	keyInput   = sdk.Name("input_cost")
	keyOutput  = sdk.Name("output_cost")
)

var cheapest bool

// configure reads plugins.__NAME__.settings.
func configure(settings sdk.Value) error {
	cheapest = settings.Named("prefer").Equals("cheapest")
	return nil
}

// route orders the targets by what they cost, in money or in time. One of which nothing is known comes first: so it gets
// known.
func route(r *sdk.Route) error {
	var order []int
	var costs []float64
	for target := r.Targets().First(); target.Exists(); target = target.Next() {
		cost := number(target.Get(keyLatency))
		if cheapest {
			cost = number(target.Get(keyInput)) + number(target.Get(keyOutput))
		}
		at := len(order)
		order, costs = append(order, at), append(costs, cost)
		for ; at > 0 && costs[order[at-1]] > cost; at-- {
			order[at-1], order[at] = order[at], order[at-1]
		}
	}
	why := "fastest of late"
	if cheapest {
		why = "cheapest"
	}
	r.Choose(why, order...)
	return nil
}

func number(v sdk.Value) float64 {
	n, _ := strconv.ParseFloat(v.Source(), 64)
	return n
}
