// Package route decides which deployment serves a request, and what happens when one fails.
package route
