//go:build !unix

package host

import "context"

// withMappedMemory leaves instances' memory on the Go heap where it can't be mapped.
func withMappedMemory(ctx context.Context) context.Context { return ctx }
