// Package gateway runs the built binary for tests: it starts it on a free port of loopback, keeps its log, and stops it
// with SIGTERM, when exit code and log are checked.
package gateway
