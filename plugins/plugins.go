// Package plugins holds the guests that come with Sluice and hands out their built modules.
//
// A release carries them inside the binary (build tag bundled, made by make). A plain checkout builds them from source
// when they are first asked for, and keeps them in the user's cache folder by the hash of what they were built from.
package plugins

import (
	"fmt"
	"slices"
)

// Module is one built guest.
type Module struct {
	Name string
	Wasm []byte
}

// Open returns the built module of a bundled plugin.
func Open(name string) (Module, error) {
	if !slices.Contains(Names(), name) {
		return Module{}, fmt.Errorf("no bundled plugin is called %q", name)
	}
	wasm, err := open(name)
	if err != nil {
		return Module{}, fmt.Errorf("open plugin %s: %w", name, err)
	}
	return Module{name, wasm}, nil
}
