package ledger

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// lockFile is held by the process that the folder belongs to.
const lockFile = "lock"

// errNotJSON means that what should go into the spend log as JSON is not.
var errNotJSON = errors.New("not JSON")

// Spool is where calls wait to be settled: files in a folder, several that are written side by side. It is safe for
// concurrent use. A folder belongs to one process.
type Spool struct {
	dir  string
	log  *slog.Logger
	lock *os.File
	name string // of this process's files: never that of an earlier one
	next atomic.Uint64
	turn atomic.Uint32

	shards   []shard
	settling chan struct{} // holds one while files are settled
	held     held
	lost     atomic.Uint64 // calls that are neither written nor held
}

// shard is one file that is being written. Requests at once take different ones.
type shard struct {
	sync.Mutex
	file    *os.File
	size    int64
	oldest  time.Time
	scratch []byte
}

// Files that are being written, and those that are waiting to be settled and don't change any more.
const (
	openSuffix = ".open"
	fullSuffix = ".full"
)

// fullSize is when a file is large enough to be settled by itself: the calls in it are one transaction.
const fullSize = 1 << 20

// OpenSpool opens the spool in dir, which is made when it is missing. What an earlier process left there will be
// settled. It fails when another process uses the folder.
func OpenSpool(dir string, log *slog.Logger) (*Spool, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the spool's folder: %w", err)
	}
	lock, err := lockFolder(dir)
	if err != nil {
		return nil, err
	}
	var id [8]byte
	rand.Read(id[:])
	s := &Spool{dir: dir, log: log, lock: lock, name: hex.EncodeToString(id[:]), shards: make([]shard, runtime.GOMAXPROCS(0)),
		settling: make(chan struct{}, 1)}
	return s, s.adopt()
}

// adopt takes over what a killed process was writing.
func (s *Spool) adopt() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return fmt.Errorf("read the spool: %w", err)
	}
	for _, e := range entries {
		name, open := strings.CutSuffix(e.Name(), openSuffix)
		if !open {
			continue
		}
		if err := os.Rename(filepath.Join(s.dir, e.Name()), filepath.Join(s.dir, name+fullSuffix)); err != nil {
			return fmt.Errorf("take over the spool: %w", err)
		}
	}
	return nil
}

// Add writes a call to the spool: it then survives the end of this process, however it ends. While the disk can't be written
// calls wait in memory, which the log tells of; it fails when there are too many, or the call can't be written at all.
func (s *Spool) Add(call *core.Spend) error {
	sh := s.take()
	defer sh.Unlock()
	record, err := appendRecord(sh.scratch[:0], call)
	if err == nil {
		err = s.writeOrHold(sh, record)
	}
	if sh.scratch = record; cap(sh.scratch) > fullSize {
		sh.scratch = nil
	}
	if err != nil {
		s.lost.Add(1)
		return fmt.Errorf("write a call to the spool: %w", err)
	}
	return nil
}

func (s *Spool) writeOrHold(sh *shard, record []byte) error {
	err := s.write(sh, record)
	if err == nil {
		return nil
	}
	first, ok := s.held.add(record)
	if !ok {
		return err
	}
	if first {
		s.log.Error("the spool can't be written: what calls cost waits in memory, and is lost if the gateway is killed", "error", err.Error())
	}
	return nil
}

// take returns a shard, locked: a free one if there is any.
func (s *Spool) take() *shard {
	start := int(s.turn.Add(1))
	for i := range s.shards {
		if sh := &s.shards[(start+i)%len(s.shards)]; sh.TryLock() {
			return sh
		}
	}
	sh := &s.shards[start%len(s.shards)]
	sh.Lock()
	return sh
}

// write writes a record, or fails and has written nothing that would be read.
func (s *Spool) write(sh *shard, record []byte) error {
	if sh.file == nil {
		name := fmt.Sprintf("%s-%08d%s", s.name, s.next.Add(1), openSuffix)
		file, err := os.OpenFile(filepath.Join(s.dir, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
		if err != nil {
			return err
		}
		sh.file, sh.size, sh.oldest = file, 0, time.Now()
	}
	n, err := sh.file.Write(record)
	if err = short(n, len(record), err); err != nil {
		if errors.Join(sh.file.Truncate(sh.size), seek(sh.file, sh.size)) != nil {
			s.mustFinish(sh) // half a record would hide those after it
		}
		return err
	}
	if sh.size += int64(n); sh.size >= fullSize {
		s.mustFinish(sh)
	}
	return nil
}

// mustFinish ends a shard's file, whatever the disk says: the next record goes into another one.
func (s *Spool) mustFinish(sh *shard) {
	if err := s.finish(sh); err != nil {
		s.log.Warn("a file of the spool could not be ended", "error", err.Error())
	}
}

func seek(f *os.File, at int64) error {
	_, err := f.Seek(at, 0)
	return err
}

// finish ends a shard's file: from then on it can be settled. A file that can't be renamed now is by the next process.
func (s *Spool) finish(sh *shard) error {
	if sh.file == nil {
		return nil
	}
	f := sh.file
	sh.file = nil
	open := f.Name()
	return errors.Join(f.Sync(), f.Close(), os.Rename(open, strings.TrimSuffix(open, openSuffix)+fullSuffix))
}

// rotate ends the files that were begun before a moment.
func (s *Spool) rotate(before time.Time) error {
	var err error
	for i := range s.shards {
		sh := &s.shards[i]
		sh.Lock()
		if sh.file != nil && sh.oldest.Before(before) {
			err = errors.Join(err, s.finish(sh))
		}
		sh.Unlock()
	}
	return err
}

// waiting lists the files that can be settled, the oldest first.
func (s *Spool) waiting() ([]string, error) {
	entries, err := os.ReadDir(s.dir)
	if err != nil {
		return nil, fmt.Errorf("read the spool: %w", err)
	}
	type file struct {
		name string
		at   time.Time
	}
	var files []file
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), fullSuffix) {
			continue
		}
		if info, err := e.Info(); err == nil {
			files = append(files, file{e.Name(), info.ModTime()})
		}
	}
	slices.SortFunc(files, func(a, b file) int { return a.at.Compare(b.at) })
	names := make([]string, len(files))
	for i, f := range files {
		names[i] = f.name
	}
	return names, nil
}

// Lost counts the calls that could neither be written to the spool nor wait in memory.
func (s *Spool) Lost() uint64 { return s.lost.Load() }

// Close ends the files and leaves the folder to another process. Calls that are not settled yet are then.
func (s *Spool) Close() error {
	return errors.Join(s.unload(), s.rotate(time.Now().Add(time.Hour)), s.lock.Close())
}
