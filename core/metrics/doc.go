// Package metrics counts what the gateway does, with the names and labels of the LiteLLM proxy, and writes it as Prometheus
// reads it.
//
// The text is Python's: 1.0 and not 1, le in its alphabetical place among the labels. Scrapes allocate next to nothing and
// money is counted in whole billionths of a dollar, which is why the counters are this package's own.
package metrics
