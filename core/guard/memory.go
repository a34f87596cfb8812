package guard

import "unsafe"

// keepBytes is the largest buffer kept for the next exchange: one huge request must not stay forever.
const keepBytes = 256 << 10

// keep empties a buffer that is to be used again.
func keep[T any](buffer []T) []T {
	var item T
	if cap(buffer)*int(unsafe.Sizeof(item)) > keepBytes {
		return nil
	}
	return buffer[:0]
}
