// Package sdk is what plugin authors import: documents to read, pieces to answer with, and registration.
//
// A provider plugin is a package main with one init function:
//
//	func init() { sdk.Provide(sdk.Provider[state]{Request: request, Response: response, Chunk: chunk, Error: fail}) }
//	func main() {}
//
// The gateway keeps the documents. A hook reads the index of one (Value) and answers with a list of pieces (Out) of it
// and of its own text; nothing is parsed or copied in the guest. The same code runs natively under go test, with
// package sdktest as the other side.
//
// Plugins of the other kinds are registered in the same way: Protect (guards, which see text and edit or block it),
// Observe, Direct (routers) and Authenticate. They share what Exchange offers: attributes, headers, HTTP calls that look
// synchronous, stored values. A guard is about fifteen lines: see Guard.
//
// Imports that make a guest large and slow (fmt, encoding/json, regexp, net) are better left out.
package sdk

import "github.com/sluice-gateway/sluice/hostabi/tape"

// Atom is a name that is compared as a number: keys, roles, types. Make atoms in package variables.
type Atom = tape.Atom

// Name returns the atom of a name of 1 to 48 bytes. It may be called only while the plugin initialises or configures
// itself, and panics on a name that the host refuses.
func Name(name string) Atom {
	a := hostAtom(name)
	if a <= 0 {
		panic("sdk: the host refused the name " + name)
	}
	return Atom(a)
}
