// Package metrics counts what the gateway does, with the names and labels of the LiteLLM proxy, and writes it as Prometheus
// reads it.
//
// The text is that of Python's client: 1.0 and not 1, le in its alphabetical place among the labels. Money is counted in whole
// billionths of a dollar. A scrape holds no copy of the text, of which each combination of labels has some 40 kB: both are
// why the counters are this package's own, and Prometheus' client, which brings expvar too, is not linked.
//
// End users are told apart unless the configuration says otherwise, as in the LiteLLM proxy. What clients can think up, end
// users, tags and names of models, takes three quarters of the combinations at most, so that keys and teams have room.
//
// A counter that was never raised has no samples. The latency of an answer's tokens is that of the whole answer, also of a
// stream. The overhead of requests that were retried is not observed: who else took the time is not known.
package metrics
