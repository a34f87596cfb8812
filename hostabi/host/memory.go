package host

import (
	"context"

	"github.com/tetratelabs/wazero/experimental"
)

// allocator makes the linear memory of one instance: outside the Go heap, where it can be reserved there.
type allocator struct {
	most  uint64 // bytes
	start *image // what the memory holds at first; nil for nothing
	err   error  // why it does not hold that
}

func (a *allocator) in(ctx context.Context) context.Context {
	return experimental.WithMemoryAllocator(ctx, a)
}

// Allocate reserves the whole of what the memory may become at once, so that growing copies nothing.
func (a *allocator) Allocate(_, most uint64) experimental.LinearMemory {
	most = min(most, a.most)
	if reserved := reserve(most); reserved != nil {
		if a.start != nil {
			a.err = a.start.place(reserved)
		}
		return reserved
	}
	m := &heapMemory{most: most}
	if a.start != nil {
		m.buf = make([]byte, a.start.size)
		a.err = a.start.read(m.buf)
	}
	return m
}

// heapMemory takes the place of a mapping that can't be had.
type heapMemory struct {
	most uint64
	buf  []byte // may be longer than the memory is yet
}

func (m *heapMemory) Reallocate(size uint64) []byte {
	if size > m.most {
		return nil
	}
	if size > uint64(len(m.buf)) {
		grown := make([]byte, size)
		copy(grown, m.buf)
		m.buf = grown
	}
	return m.buf[:size:size]
}

func (m *heapMemory) Free() {}
