package rewrite

import (
	"cmp"
	"slices"
)

// Segment is what a module's data segments write to its memory in one place.
type Segment struct {
	Offset uint32 // in bytes
	Bytes  []byte
}

// joinGap is how far apart data segments may lie to become one. Memory is zero at the start, so zeros between them
// change nothing.
const joinGap = 64

// strippable says whether all data can be written by the host. Instructions that use data segments forbid it.
func (m *module) strippable() bool {
	if m.bulkData || m.importedMemories > 0 {
		return false
	}
	return !slices.ContainsFunc(m.data, func(d dataSegment) bool { return d.passive || !d.constant })
}

// mergeData returns the data of the segments, in the order of their offsets.
func (m *module) mergeData() ([]Segment, error) {
	for _, d := range m.data {
		if uint64(d.offset)+uint64(len(d.bytes)) > uint64(m.pages)<<16 {
			return nil, &MalformedError{"data segment goes past the end of the memory", d.at}
		}
	}
	merged := m.regions()
	for _, d := range m.data {
		if len(d.bytes) == 0 {
			continue
		}
		i, _ := slices.BinarySearchFunc(merged, d.offset, func(s Segment, offset uint32) int {
			if s.Offset <= offset {
				return -1
			}
			return 1
		})
		copy(merged[i-1].Bytes[d.offset-merged[i-1].Offset:], d.bytes)
	}
	return merged, nil
}

// regions returns zeroed segments that cover all data segments. Later data segments may overwrite earlier ones, so the
// bytes must be filled in the order of the module.
func (m *module) regions() []Segment {
	ranges := make([][2]uint64, 0, len(m.data))
	for _, d := range m.data {
		if len(d.bytes) > 0 {
			ranges = append(ranges, [2]uint64{uint64(d.offset), uint64(d.offset) + uint64(len(d.bytes))})
		}
	}
	slices.SortFunc(ranges, func(a, b [2]uint64) int { return cmp.Compare(a[0], b[0]) })
	joined := ranges[:0]
	for _, r := range ranges {
		if last := len(joined) - 1; last >= 0 && r[0] <= joined[last][1]+joinGap {
			joined[last][1] = max(joined[last][1], r[1])
			continue
		}
		joined = append(joined, r)
	}
	merged := make([]Segment, len(joined))
	for i, r := range joined {
		merged[i] = Segment{uint32(r[0]), make([]byte, r[1]-r[0])}
	}
	return merged
}
