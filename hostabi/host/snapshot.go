package host

import (
	"bytes"
	"fmt"
	"log/slog"

	"github.com/tetratelabs/wazero/api"
)

// snapshot is an instance as it was once configured. Every instance that serves starts from it.
type snapshot struct {
	image          *image
	globals        []uint64 // in the order of the plugin's
	bufPtr, bufCap uint32
}

// first starts and configures an instance and makes it the plugin's snapshot. What it returns is made from the snapshot
// too, so that it shares memory with those that follow. Where no snapshot can be made, further instances start like it.
func (p *Plugin) first() (*instance, error) {
	g, err := p.fresh()
	if err != nil {
		return nil, err
	}
	if p.code.opaque != "" {
		p.log(slog.LevelDebug, "each instance is configured anew: "+p.code.opaque)
		return g, nil
	}
	if p.snapshot, err = g.snapshot(); err != nil {
		p.log(slog.LevelWarn, fmt.Sprintf("each instance is configured anew: %v", err))
		return g, nil
	}
	g.drop()
	return p.restored()
}

func (g *instance) snapshot() (*snapshot, error) {
	memory, ok := g.memory.Read(0, g.memory.Size())
	if !ok {
		return nil, fmt.Errorf("read the memory of the first instance")
	}
	image, err := newImage(memory)
	if err != nil {
		return nil, fmt.Errorf("keep the memory of the first instance: %w", err)
	}
	s := &snapshot{image: image, bufPtr: g.bufPtr, bufCap: g.bufCap}
	for _, name := range g.plugin.code.globals {
		s.globals = append(s.globals, g.module.ExportedGlobal(name).Get())
	}
	return s, nil
}

// restored makes an instance from the plugin's snapshot. No code of the guest runs.
func (p *Plugin) restored() (*instance, error) {
	g, err := p.bare(p.snapshot.image)
	if err != nil {
		return nil, err
	}
	if err := g.restore(p.snapshot); err != nil {
		g.drop()
		return nil, fmt.Errorf("restore the snapshot: %w", err)
	}
	g.serve()
	return g, nil
}

// restore sets what isn't in the image. The memory has the size that the module says yet, not that of the snapshot.
func (g *instance) restore(s *snapshot) error {
	if missing := (s.image.size - g.memory.Size()) / pageSize; missing > 0 {
		if _, ok := g.memory.Grow(missing); !ok {
			return fmt.Errorf("memory can't grow by %d pages", missing)
		}
	}
	for i, name := range g.plugin.code.globals {
		global, ok := g.module.ExportedGlobal(name).(api.MutableGlobal)
		if !ok {
			return fmt.Errorf("missing global %s", name)
		}
		global.Set(s.globals[i])
	}
	g.bufPtr, g.bufCap = s.bufPtr, s.bufCap
	return nil
}

// discard frees the snapshot. Instances that were made from it live on.
func (p *Plugin) discard() error {
	if p.snapshot == nil {
		return nil
	}
	s := p.snapshot
	p.snapshot = nil
	return s.image.close()
}

var zeros [pageSize]byte

// written returns the runs of units of memory, a number of bytes up to a page of it, that hold anything but zeros.
func written(memory []byte, unit int) []span {
	var runs []span
	for off := 0; off < len(memory); off += unit {
		if bytes.Equal(memory[off:off+unit], zeros[:unit]) {
			continue
		}
		if last := len(runs) - 1; last >= 0 && runs[last].end == uint32(off) {
			runs[last].end += uint32(unit)
			continue
		}
		runs = append(runs, span{uint32(off), uint32(off + unit)})
	}
	return runs
}
