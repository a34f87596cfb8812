// Nearest is a router that prefers a region: an example, and a test of answers.
package main

import "github.com/sluice-gateway/sluice/sdk"

var (
	keyRegion = sdk.Name("region")
	region    string
)

func init() { sdk.Direct(sdk.Router{Configure: configure, Route: route}) }

func configure(settings sdk.Value) error {
	region = settings.Named("region").Text()
	return nil
}

func route(r *sdk.Route) error {
	var near, far []int
	i := 0
	for target := r.Targets().First(); target.Exists(); target = target.Next() {
		if target.Get(keyRegion).Equals(region) {
			near = append(near, i)
		} else {
			far = append(far, i)
		}
		i++
	}
	if len(near) > 0 {
		r.Choose("near "+region+" for "+r.Model(), append(near, far...)...)
	}
	return nil
}

func main() {}
