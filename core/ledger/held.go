package ledger

import (
	"fmt"
	"sync"
)

// held are records that the disk had no room for. They wait in memory until it has; a crash before that loses them.
type held struct {
	mu      sync.Mutex
	records [][]byte
	bytes   int64
}

// maxHeld bounds what waits in memory: some tens of thousands of calls.
var maxHeld int64 = 64 << 20

// add keeps a copy of a record. first reports whether it is the first that waits; ok is false when there are too many.
func (h *held) add(record []byte) (first, ok bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.bytes+int64(len(record)) > maxHeld {
		return false, false
	}
	h.records = append(h.records, append([]byte(nil), record...))
	h.bytes += int64(len(record))
	return len(h.records) == 1, true
}

// size returns how many bytes wait.
func (h *held) size() int64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.bytes
}

// take empties the queue.
func (h *held) take() [][]byte {
	h.mu.Lock()
	defer h.mu.Unlock()
	records := h.records
	h.records, h.bytes = nil, 0
	return records
}

// giveBack puts records back that were taken; there may be too many for a while.
func (h *held) giveBack(records [][]byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.records = append(records, h.records...)
	for _, r := range records {
		h.bytes += int64(len(r))
	}
}

// unload writes what waits in memory to the disk, as far as there is room.
func (s *Spool) unload() error {
	records := s.held.take()
	for i, record := range records {
		if err := s.retry(record); err != nil {
			s.held.giveBack(records[i:])
			return fmt.Errorf("write calls that wait in memory to the spool: %w", err)
		}
	}
	if len(records) > 0 {
		s.log.Info("the spool can be written again: no call waits in memory any more", "calls", len(records))
	}
	return nil
}

func (s *Spool) retry(record []byte) error {
	sh := s.take()
	defer sh.Unlock()
	return s.write(sh, record)
}
