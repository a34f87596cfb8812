package sdk

import "github.com/sluice-gateway/sluice/hostabi"

// Observer hears of exchanges that are over. It runs beside the requests and can change nothing. Records may be left out
// when there are too many; the gateway counts those.
type Observer struct {
	// Configure is as in Guard.
	Configure func(settings Value) error
	// Record looks at one exchange. An error is logged and counted.
	Record func(r *Record) error
	// Calls allows Fetch and Sleep in Record.
	Calls bool
}

// Observe registers the plugin's observer. Call it once, from init.
func Observe(o Observer) {
	serve(o.Configure, o.Calls, hostabi.EventRecord, hostabi.EventRecord, o.Record)
}

// Record is one exchange that is over.
type Record struct{ Exchange }

// Doc returns what is to be told of it, an object: call_id, endpoint, model, group, deployment_id, provider,
// upstream_model, why, retries, upstream_ms, stream, status, error (class, message), start, duration_ms, usage, cost,
// key_hash, key_alias, user_id, team_id, organization_id, end_user, verdicts. What is empty or unknown is left out.
func (r *Record) Doc() Value { return r.doc.Root() }
