//go:build unix

package host

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"
	"golang.org/x/sys/unix"
)

// withMappedMemory has instances keep their linear memory outside the Go heap. The whole of what it may become is
// reserved at once, so that growing copies nothing; the kernel gives pages when they are first written.
func withMappedMemory(ctx context.Context) context.Context {
	return experimental.WithMemoryAllocator(ctx, experimental.MemoryAllocatorFunc(func(_, most uint64) experimental.LinearMemory {
		reserved, err := unix.Mmap(-1, 0, int(most), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE|unix.MAP_NORESERVE)
		if err != nil {
			return heapMemory{most: most, buf: new([]byte)}
		}
		return mappedMemory(reserved)
	}))
}

// mappedMemory is the reserved range of one instance.
type mappedMemory []byte

func (m mappedMemory) Reallocate(size uint64) []byte {
	if size > uint64(len(m)) {
		return nil
	}
	return m[:size:size]
}

func (m mappedMemory) Free() { _ = unix.Munmap(m) }

// heapMemory takes the place of a mapping that the kernel refused.
type heapMemory struct {
	most uint64
	buf  *[]byte
}

func (m heapMemory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	grown := make([]byte, size)
	copy(grown, *m.buf)
	*m.buf = grown
	return grown
}

func (m heapMemory) Free() {}
