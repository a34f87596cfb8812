package host

import (
	"errors"
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// image is the memory of a snapshot: a file in memory, which instances map copy-on-write.
type image struct {
	size  uint32 // of the memory in bytes
	file  *os.File
	parts []span // of the memory; the file has each where the memory has it, and holes elsewhere
}

func newImage(memory []byte) (*image, error) {
	fd, err := unix.MemfdCreate("sluice-snapshot", unix.MFD_CLOEXEC|unix.MFD_ALLOW_SEALING)
	if err != nil {
		return nil, fmt.Errorf("make a file in memory: %w", err)
	}
	m := &image{size: uint32(len(memory)), file: os.NewFile(uintptr(fd), "snapshot"), parts: joined(written(memory, pageSize))}
	if err := m.write(memory); err != nil {
		return nil, errors.Join(err, m.close())
	}
	return m, nil
}

// write fills the file and seals it: from then on nothing can change what instances have mapped.
func (m *image) write(memory []byte) error {
	if n := len(m.parts); n > 0 {
		if err := m.file.Truncate(int64(m.parts[n-1].end)); err != nil {
			return err
		}
	}
	for _, run := range written(memory, os.Getpagesize()) {
		if _, err := m.file.WriteAt(memory[run.off:run.end], int64(run.off)); err != nil {
			return err
		}
	}
	const seals = unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(m.file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return fmt.Errorf("seal a file in memory: %w", err)
	}
	return nil
}

// maxParts is how many mappings an instance may take: a process has 65,530 of them.
const maxParts = 16

// joined closes the smallest gaps between runs until there are few of them.
func joined(runs []span) []span {
	for gap := uint32(pageSize); len(runs) > maxParts; gap *= 2 {
		kept := runs[:1]
		for _, r := range runs[1:] {
			if last := &kept[len(kept)-1]; r.off-last.end <= gap {
				last.end = r.end
			} else {
				kept = append(kept, r)
			}
		}
		runs = kept
	}
	return runs
}

// place maps the image over the start of a reserved range.
func (m *image) place(reserved mappedMemory) error {
	for _, p := range m.parts {
		_, err := unix.MmapPtr(int(m.file.Fd()), int64(p.off), unsafe.Pointer(&reserved[p.off]), uintptr(p.end-p.off),
			unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_FIXED|unix.MAP_NORESERVE)
		if err != nil {
			return fmt.Errorf("map %d bytes of the snapshot: %w", p.end-p.off, err)
		}
	}
	return nil
}

// read copies the image to memory that is zero.
func (m *image) read(memory []byte) error {
	for _, p := range m.parts {
		if _, err := m.file.ReadAt(memory[p.off:p.end], int64(p.off)); err != nil {
			return fmt.Errorf("read the snapshot: %w", err)
		}
	}
	return nil
}

func (m *image) close() error { return m.file.Close() }
