// Package e2e drives the built gateway from outside: official clients, raw HTTP, broken upstreams, reloads and signals.
// It is a module of its own, so that its clients are no dependencies of the gateway.
package e2e
