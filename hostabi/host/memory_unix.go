//go:build unix

package host

import "golang.org/x/sys/unix"

// mappedMemory is the reserved range of one instance.
type mappedMemory []byte

// reserve returns nil when the kernel refuses. It gives pages when they are first written.
func reserve(most uint64) mappedMemory {
	reserved, err := unix.Mmap(-1, 0, int(most), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
	if err != nil {
		return nil
	}
	return reserved
}

func (m mappedMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m)) {
		return nil
	}
	return m[:size:size]
}

func (m mappedMemory) Free() { _ = unix.Munmap(m) }
