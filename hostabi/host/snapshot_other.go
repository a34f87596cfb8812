//go:build !linux

package host

import "bytes"

// image is the memory of a snapshot.
type image struct {
	size  uint32 // of the memory in bytes
	parts []piece
}

type piece struct {
	off   uint32
	bytes []byte
}

func newImage(memory []byte) (*image, error) {
	m := &image{size: uint32(len(memory))}
	for _, run := range written(memory, 4<<10) {
		m.parts = append(m.parts, piece{run.off, bytes.Clone(memory[run.off:run.end])})
	}
	return m, nil
}

// place copies the image to a reserved range.
func (m *image) place(reserved mappedMemory) error {
	return m.read(reserved.Reallocate(uint64(m.size)))
}

// read copies the image to memory that is zero.
func (m *image) read(memory []byte) error {
	for _, p := range m.parts {
		copy(memory[p.off:], p.bytes)
	}
	return nil
}

func (m *image) close() error { return nil }
