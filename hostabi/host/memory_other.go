//go:build !unix

package host

// mappedMemory exists where memory can be mapped.
type mappedMemory = *heapMemory

func reserve(uint64) mappedMemory { return nil }
