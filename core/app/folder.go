package app

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core/trust"
)

// digest is the SHA-256 of a module; all zero for a file that can't be read.
type digest [sha256.Size]byte

func sumOf(wasm []byte) digest { return sha256.Sum256(wasm) }

// maxModule is the largest plugin file that is read.
const maxModule = 64 << 20

const moduleSuffix = ".wasm"

// moduleFile is a file of the plugins folder as it was read.
type moduleFile struct {
	path      string
	wasm      []byte
	signature []byte // what lies beside it, nil for nothing
	sum       digest
	err       error
}

// moduleNames lists the plugins folder's .wasm files without their suffix. A folder that is not there is empty.
func moduleNames(dir string) ([]string, error) {
	if dir == "" {
		return nil, nil
	}
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the plugins folder: %w", err)
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), moduleSuffix); ok && !e.IsDir() {
			names = append(names, name)
		}
	}
	return names, nil
}

func readModules(dir string) (map[string]moduleFile, error) {
	names, err := moduleNames(dir)
	if err != nil {
		return nil, err
	}
	files := make(map[string]moduleFile, len(names))
	for _, name := range names {
		path := filepath.Join(dir, name+moduleSuffix)
		f := readModule(path)
		if f.err == nil {
			f.signature, f.err = trust.ReadSignature(path)
		}
		files[name] = f
	}
	return files, nil
}

func readModule(path string) moduleFile {
	f := moduleFile{path: path}
	info, err := moduleInfo(path)
	if err != nil {
		f.err = err
		return f
	}
	if f.wasm, err = os.ReadFile(path); err != nil {
		f.err = fmt.Errorf("read: %w", err)
		return f
	}
	if int64(len(f.wasm)) != info.Size() {
		return moduleFile{path: path, err: errors.New("it changed while it was read")}
	}
	f.sum = sumOf(f.wasm)
	return f
}

// moduleInfo refuses what reading would wait for, or fill the memory with.
func moduleInfo(path string) (fs.FileInfo, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read: %w", err)
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Size() > maxModule:
		return nil, fmt.Errorf("%d bytes are more than the %d that a plugin may have", info.Size(), maxModule)
	}
	return info, nil
}

// folderWatch takes the digests of the plugins folder's files again and again, and of what decides about them, reading only
// files that may have changed.
type folderWatch struct {
	dir   string
	known map[string]reading
}

type reading struct {
	info fs.FileInfo
	at   time.Time
	sum  digest
}

// settled is the age at which a file's time of change can be trusted: clocks of file systems are coarse.
const settled = 2 * time.Second

// digests returns the digest of each file's content, by path.
func (w *folderWatch) digests() (map[string]digest, error) {
	names, err := moduleNames(w.dir)
	if err != nil {
		return nil, err
	}
	now, sums := map[string]reading{}, map[string]digest{}
	for _, path := range watchedFiles(w.dir, names) {
		r := w.read(path)
		now[path], sums[path] = r, r.sum
	}
	w.known = now
	return sums, nil
}

// watchedFiles lists what decides which plugins serve: the modules, their signatures, the lock and the trusted keys.
func watchedFiles(dir string, names []string) []string {
	if dir == "" {
		return nil
	}
	policy := trust.For(dir, true, true)
	files := []string{policy.LockFile, policy.TrustFile}
	for _, name := range names {
		path := filepath.Join(dir, name+moduleSuffix)
		files = append(files, path, path+trust.SignatureSuffix)
	}
	return files
}

func (w *folderWatch) read(path string) reading {
	info, err := moduleInfo(path)
	if err != nil {
		return reading{}
	}
	if k := w.known[path]; k.info != nil && os.SameFile(k.info, info) && k.info.Size() == info.Size() &&
		k.info.ModTime().Equal(info.ModTime()) && k.at.Sub(info.ModTime()) > settled {
		return k
	}
	r := reading{info: info, at: time.Now()}
	f, err := os.Open(path)
	if err != nil {
		return reading{}
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return reading{}
	}
	h.Sum(r.sum[:0])
	return r
}
