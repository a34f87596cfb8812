// Package upstream is the HTTP/1.1 client that talks to LLM vendors: connection pools, time limits, cancellation and
// framing, without an allocation per call.
package upstream
