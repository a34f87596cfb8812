package host

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/tetratelabs/wazero"
)

// entry is a compiled module: the file that wazero made of it. On disk it follows a magic, its authentication code and
// its name.
type entry struct {
	name string // of wazero's file: 64 hexadecimal digits, which depend on the CPU too
	code []byte
}

const (
	entryMagic  = "sluice1\n"
	nameSize    = 2 * sha256.Size
	entryHeader = len(entryMagic) + sha256.Size + nameSize
	maxEntry    = 1 << 30 // bytes
)

// entryID names the entry of a module: another build of the gateway, another compiler or another platform has its own.
func entryID(wasm []byte) string {
	h := sha256.New()
	sum := sha256.Sum256(wasm)
	fmt.Fprintf(h, "%s%s\n%x", entryMagic, buildID(), sum)
	return hex.EncodeToString(h.Sum(nil))
}

// buildID tells builds of the gateway apart, as far as that can change what modules are compiled to. The path of wazero's
// source has its version, which test binaries don't know otherwise.
var buildID = sync.OnceValue(func() string {
	compiler, _ := runtime.FuncForPC(reflect.ValueOf(wazero.NewRuntime).Pointer()).FileLine(0)
	id := fmt.Sprintln(runtime.Version(), runtime.GOOS, runtime.GOARCH, compiler)
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return id
	}
	id += fmt.Sprintln(info.Main.Path, info.Main.Version, info.Main.Sum)
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" || s.Key == "vcs.modified" {
			id += fmt.Sprintln(s.Key, s.Value)
		}
	}
	for _, d := range info.Deps {
		if d.Path == "github.com/tetratelabs/wazero" {
			id += fmt.Sprintln(d.Version, d.Sum, d.Replace)
		}
	}
	return id
})

// errDamaged means that an entry is not what was written under its name: damaged, another one, or not ours.
var errDamaged = errors.New("it is damaged or not this gateway's")

// readEntry reads the entry called id and returns it only when the whole of it is authentic.
func readEntry(path, id string, key []byte) (*entry, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() < int64(entryHeader) || info.Size() > maxEntry {
		return nil, errDamaged
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if len(b) < entryHeader || string(b[:len(entryMagic)]) != entryMagic {
		return nil, errDamaged
	}
	mac, body := b[len(entryMagic):][:sha256.Size], b[entryHeader-nameSize:]
	e := &entry{name: string(body[:nameSize]), code: body[nameSize:]}
	if !hmac.Equal(mac, e.mac(id, key)) {
		return nil, errDamaged
	}
	return e, nil
}

func (e *entry) mac(id string, key []byte) []byte {
	h := hmac.New(sha256.New, key)
	io.WriteString(h, id)
	io.WriteString(h, e.name)
	h.Write(e.code)
	return h.Sum(nil)
}

// write puts the entry in place at once. It is not synced: what a crash leaves of it is not authentic.
func (e *entry) write(path, id string, key []byte) error {
	if len(e.name) != nameSize {
		return fmt.Errorf("unexpected name %q of a compiled module", e.name)
	}
	f, err := os.CreateTemp(filepath.Dir(path), buildPrefix)
	if err != nil {
		return err
	}
	_, err = f.Write(append(append([]byte(entryMagic), e.mac(id, key)...), e.name...))
	if err == nil {
		_, err = f.Write(e.code)
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}
