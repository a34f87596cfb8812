package rewrite

import "fmt"

// UnsupportedError reports a module that uses something this package doesn't know or doesn't allow.
type UnsupportedError struct {
	What   string // the feature, with the instruction or name that needs it
	Offset int    // in the module, in bytes
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("wasm feature not supported: %s at offset %#x", e.What, e.Offset)
}

// MalformedError reports bytes that are not a WebAssembly module, or one that can't be valid.
type MalformedError struct {
	Reason string
	Offset int // in the module, in bytes
}

func (e *MalformedError) Error() string {
	return fmt.Sprintf("malformed wasm module: %s at offset %#x", e.Reason, e.Offset)
}
