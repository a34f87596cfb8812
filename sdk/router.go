package sdk

import "github.com/sluice-gateway/sluice/hostabi"

// Router chooses in which order the deployments of a model group are tried.
type Router struct {
	// Configure is as in Guard.
	Configure func(settings Value) error
	// Route answers with Choose, or not at all: then the gateway's own strategy does. An error says that it could not
	// choose: then the fail mode decides.
	Route func(r *Route) error
	// Calls allows Fetch and Sleep in Route.
	Calls bool
}

// Direct registers the plugin's router. Call it once, from init.
func Direct(r Router) {
	nameModel, nameTargets = Name("model"), Name("targets")
	serve(r.Configure, r.Calls, hostabi.EventRoute, hostabi.EventRoute, r.Route)
}

// Route is one choice that is to be made.
type Route struct{ Exchange }

// nameModel and nameTargets are made by Direct: other plugins have no use for them.
var nameModel, nameTargets Atom

// Doc returns all that is known, an object: model (that the client asked for), group, call_id, targets.
func (r *Route) Doc() Value { return r.doc.Root() }

// Model returns the model group that the client asked for.
func (r *Route) Model() string { return r.Doc().Get(nameModel).Text() }

// Targets returns the deployments that can be tried, an array of objects: id, model, provider, weight, tpm, rpm, input_cost
// and output_cost (USD per token), in_flight, failures (of late), latency_ms (to the head of the answer, an average). What
// is not known is left out.
func (r *Route) Targets() Value { return r.Doc().Get(nameTargets) }

// Choose answers with indexes of targets in the order in which they are to be tried, and a reason for the log. A target
// that is not named is not tried; without any the request is refused with status 429.
func (r *Route) Choose(why string, order ...int) {
	o := r.Out().Lit(`{"order":[`)
	for i, target := range order {
		if i > 0 {
			o.Lit(",")
		}
		o.Int(int64(target))
	}
	r.body(o.Lit(`],"why":`).String(why).Lit("}"))
}
