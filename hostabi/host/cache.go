package host

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync"

	"github.com/tetratelabs/wazero"
)

// codeCache keeps compiled modules between starts.
//
// wazero can do that itself, but it runs what it finds: it has a checksum of 32 bits over the machine code and none over
// where functions begin, and refuses a module when the checksum is wrong. So wazero only ever sees two kinds of folders,
// which are ours alone and begin empty: one of the runtime, where an entry that was found genuine lies while the module is
// compiled, and one for each module that is compiled anew, from which its entry is taken.
type codeCache struct {
	memory wazero.CompilationCache // the runtime's
	dir    string                  // of the entries; "" = nothing is kept
	stage  string                  // where the runtime's cache looks for an entry
	key    []byte                  // what entries are authenticated with
	busy   sync.Map                // a *sync.Mutex for each entry
	log    func(plugin string, level int, message string)
}

// Folders below that of the entries begin so.
const (
	stagePrefix = "stage-"
	buildPrefix = "build-"
)

// openCache opens the cache in a folder, which is made when it is missing. Nothing is kept when dir is empty, or when
// others may write to it.
func openCache(o *Options) (*codeCache, error) {
	c := &codeCache{log: o.Log}
	if o.CacheDir == "" {
		c.memory = wazero.NewCompilationCache()
		return c, nil
	}
	err := c.open(o.CacheDir)
	if untrusted := (*untrustedError)(nil); errors.As(err, &untrusted) {
		c.log("", int(slog.LevelWarn), "compiled plugins are not kept: "+err.Error())
		c.dir, c.memory = "", wazero.NewCompilationCache()
		return c, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open the compilation cache %s: %w", o.CacheDir, err)
	}
	return c, nil
}

func (c *codeCache) open(parent string) (err error) {
	if c.dir, err = entriesFolder(parent); err != nil {
		return err
	}
	if c.key, err = entriesKey(c.dir); err != nil {
		return err
	}
	if err := prune(c.dir); err != nil {
		return err
	}
	stage, err := os.MkdirTemp(c.dir, stagePrefix)
	if err != nil {
		return err
	}
	if c.memory, err = wazero.NewCompilationCacheWithDir(stage); err != nil {
		return err
	}
	// wazero puts its files into a folder named after its version.
	c.stage, err = only(stage)
	return err
}

// close frees all compiled code.
func (c *codeCache) close(ctx context.Context) error {
	err := c.memory.Close(ctx)
	if c.dir != "" {
		err = errors.Join(err, os.RemoveAll(filepath.Dir(c.stage)))
	}
	return err
}

// compile compiles a module for a runtime that uses the cache, or takes what was kept of an earlier time. A cache that
// is damaged, or can't be written, costs time and nothing else.
func (c *codeCache) compile(ctx context.Context, r *Runtime, plugin string, wasm []byte) (wazero.CompiledModule, error) {
	if c.dir == "" {
		return r.wasm.CompileModule(ctx, wasm)
	}
	id := entryID(wasm)
	lock, _ := c.busy.LoadOrStore(id, new(sync.Mutex))
	lock.(*sync.Mutex).Lock()
	defer lock.(*sync.Mutex).Unlock()
	e := c.load(id, plugin)
	if e == nil {
		e = c.build(ctx, r, id, plugin, wasm)
	}
	if e == nil {
		return r.compileTwice(ctx, wasm)
	}
	return c.compileStaged(ctx, r, e, wasm)
}

// load returns an entry that is genuine, nil when there is none.
func (c *codeCache) load(id, plugin string) *entry {
	path := filepath.Join(c.dir, id)
	e, err := readEntry(path, id, c.key)
	switch {
	case err == nil:
		touch(path)
		return e
	case errors.Is(err, fs.ErrNotExist):
		return nil
	}
	c.log(plugin, int(slog.LevelWarn), "the compiled module that was kept can't be used and is made anew: "+err.Error())
	if err := os.RemoveAll(path); err != nil {
		c.log(plugin, int(slog.LevelWarn), "remove a compiled module: "+err.Error())
	}
	return nil
}

// build compiles a module in a folder and a runtime of its own, for the file that comes of it, and keeps that. It returns
// nil when there is none, be it the module's fault or the disk's.
func (c *codeCache) build(ctx context.Context, r *Runtime, id, plugin string, wasm []byte) *entry {
	dir, err := os.MkdirTemp(c.dir, buildPrefix)
	if err != nil {
		c.log(plugin, int(slog.LevelWarn), "the compiled module is not kept: "+err.Error())
		return nil
	}
	defer os.RemoveAll(dir)
	e, err := compileTo(ctx, r.config, dir, wasm)
	if err != nil {
		return nil // the runtime meets the same error, and tells
	}
	if err := e.write(filepath.Join(c.dir, id), id, c.key); err != nil {
		c.log(plugin, int(slog.LevelWarn), "the compiled module is not kept: "+err.Error())
	}
	return e
}

func compileTo(ctx context.Context, config wazero.RuntimeConfig, dir string, wasm []byte) (*entry, error) {
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	if err != nil {
		return nil, err
	}
	defer cache.Close(ctx)
	r := wazero.NewRuntimeWithConfig(ctx, config.WithCompilationCache(cache))
	defer r.Close(ctx)
	if _, err := r.CompileModule(ctx, wasm); err != nil {
		return nil, err
	}
	folder, err := only(dir)
	if err != nil {
		return nil, err
	}
	file, err := only(folder)
	if err != nil {
		return nil, err
	}
	code, err := os.ReadFile(file)
	return &entry{name: filepath.Base(file), code: code}, err
}

// compileStaged compiles with an entry where the runtime's cache finds it.
func (c *codeCache) compileStaged(ctx context.Context, r *Runtime, e *entry, wasm []byte) (wazero.CompiledModule, error) {
	path := filepath.Join(c.stage, e.name)
	err := os.MkdirAll(c.stage, 0o700) // who tidies up may have taken it
	if err == nil {
		err = os.WriteFile(path, e.code, 0o600)
	}
	defer os.Remove(path)
	if err != nil {
		os.Remove(path)
		return r.compileTwice(ctx, wasm)
	}
	m, err := r.wasm.CompileModule(ctx, wasm)
	if err == nil {
		return m, nil
	}
	os.Remove(path)
	return r.compileTwice(ctx, wasm)
}

// compileTwice compiles without an entry. wazero fails when it can't write one, but it has what it compiled by then, and
// is content with that when it is asked again.
func (r *Runtime) compileTwice(ctx context.Context, wasm []byte) (wazero.CompiledModule, error) {
	if m, err := r.wasm.CompileModule(ctx, wasm); err == nil {
		return m, nil
	}
	return r.wasm.CompileModule(ctx, wasm)
}

// only returns the path of the one thing in a folder.
func only(dir string) (string, error) {
	list, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(list) != 1 {
		return "", fmt.Errorf("%d files in %s, want one", len(list), dir)
	}
	return filepath.Join(dir, list[0].Name()), nil
}
