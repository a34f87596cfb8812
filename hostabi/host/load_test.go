package host

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func TestLoadRefuses(t *testing.T) {
	r, _ := newRuntime(t, Options{MemoryPages: 16})
	const wasi = "wasi_snapshot_preview1"
	trap := []byte{opUnreachable}
	for _, c := range []struct {
		name string
		wasm []byte
		want string
	}{
		{"nothing", nil, "no wasm header"},
		{"text", []byte("#!/bin/sh"), "no wasm header"},
		{"half a module", minimal().wasm()[:40], "0 function bodies for 4 functions"},
		{"an unknown module", minimal().imported("env", "abort", ":").wasm(), "import env.abort: unknown module"},
		{"another major", minimal().imported("sluice2", "now", ":I").wasm(), "import sluice2.now: unknown module"},
		{"an unknown import", minimal().imported(hostabi.Module, "open", "i:i").wasm(), "import sluice1.open: not offered to plugins"},
		{"a file system", minimal().imported(wasi, "path_open", "iiiiiIIii:i").wasm(), "path_open: not offered to plugins"},
		{"a socket", minimal().imported(wasi, "sock_send", "iiiii:i").wasm(), "sock_send: not offered to plugins"},
		{"an import of another type", minimal().imported(hostabi.Module, "now", ":i").wasm(), "import sluice1.now has type (:i), want (:I)"},
		{"an imported memory", (&module{extra: join(name("env"), name("memory"), []byte{2, 0, 1}), start: -1, memory: "memory"}).wasm(),
			"import env.memory: memories can't be imported"},
		{"an imported table", withExtra(join(name("env"), name("table"), []byte{1, 0x70, 0, 1})), "module[env] not instantiated"},
		{"an imported global", withExtra(join(name("env"), name("g"), []byte{3, 0x7f, 0})), "module[env] not instantiated"},
		{"no memory", (&module{funcs: minimal().funcs[:3], start: -1}).wasm(), "missing export memory"},
		{"a memory of another name", renamed("mem"), "missing export memory"},
		{"too much memory", func() []byte { m := minimal(); m.pages = 17; return m.wasm() }(), "over limit"},
		{"no version", minimal().without(hostabi.ExportABI).wasm(), "missing export sluice_abi"},
		{"no buffer", minimal().without(hostabi.ExportBuf).wasm(), "missing export sluice_buf"},
		{"no configure", minimal().without(hostabi.ExportConfigure).wasm(), "missing export sluice_configure"},
		{"no event", minimal().without(hostabi.ExportEvent).wasm(), "missing export sluice_event"},
		{"an export of another type", minimal().with(hostabi.ExportEvent, "iii:i", constant(0)).wasm(), "export sluice_event has type (iii:i), want (iiii:i)"},
		{"a version of another type", minimal().with(hostabi.ExportABI, ":I", []byte{0x42, 0}).wasm(), "export sluice_abi has type (:I), want (:i)"},
		{"a recycle of another type", minimal().with(hostabi.ExportRecycle, ":").wasm(), "export sluice_recycle has type (:), want (:i)"},
		{"version 0", minimal().with(hostabi.ExportABI, ":i", constant(7)).wasm(), "built for version 0.7 of the contract, this host serves 1"},
		{"version 2", minimal().with(hostabi.ExportABI, ":i", constant(2<<16)).wasm(), "built for version 2.0 of the contract, this host serves 1"},
		{"a refusal", minimal().with(hostabi.ExportConfigure, "i:i", constant(-7)).wasm(), "configuration refused with code -7"},
		{"a trap at the start", func() []byte { m := minimal().with("", ":", trap); m.start = 4; return m.wasm() }(), "start: "},
		{"a trap when initialised", minimal().with(hostabi.ExportInitialize, ":", trap).wasm(), "initialise: wasm error: unreachable"},
		{"a trap when asked for the version", minimal().with(hostabi.ExportABI, ":i", trap).wasm(), "ask for the version: "},
		{"a trap when asked for a buffer", minimal().with(hostabi.ExportBuf, "i:i", trap).wasm(), "ask for a buffer: "},
		{"a trap when configured", minimal().with(hostabi.ExportConfigure, "i:i", trap).wasm(), "configure: wasm error: unreachable"},
		{"a buffer outside memory", minimal().with(hostabi.ExportBuf, "i:i", constant(65535)).wasm(), "buffer of 2 bytes at 65535 lies outside"},
		{"a negative buffer", minimal().with(hostabi.ExportBuf, "i:i", constant(-1)).wasm(), "lies outside"},
		{"an exit", minimal().imported(wasi, "proc_exit", "i:").with(hostabi.ExportConfigure, "i:i", constant(0), call(0), constant(0)).wasm(), "exit_code(0)"},
	} {
		p, err := r.Load(t.Context(), "bad", c.wasm, []byte(`{}`), Grants{})
		if p != nil || err == nil || !strings.HasPrefix(err.Error(), "load plugin bad: ") || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
	// None of it harmed the runtime.
	mustLoad(t, r, minimal().wasm(), `{}`)
}

func withExtra(extra []byte) []byte {
	m := minimal()
	m.extra = extra
	return m.wasm()
}

func renamed(memory string) []byte {
	m := minimal()
	m.memory = memory
	return m.wasm()
}

func TestLoadAcceptsMinorVersions(t *testing.T) {
	r, _ := newRuntime(t, Options{})
	mustLoad(t, r, minimal().with(hostabi.ExportABI, ":i", constant(hostabi.Version|9)).wasm(), `{}`)
}

// TestStartSection covers guests whose start section calls the host, before the instance is known to it.
func TestStartSection(t *testing.T) {
	r, book := newRuntime(t, Options{})
	m := minimal().imported(hostabi.Module, hostabi.ImportLog, "iii:i")
	m.with("", ":", constant(4), constant(textAt), constant(5), call(0), []byte{opDrop})
	m.start = len(m.funcs) - 1
	mustLoad(t, r, m.wasm(), `{}`)
	if got := book.text(); got != "test 4 hello" {
		t.Errorf("log has %q", got)
	}
}

func TestInitializeRunsOnceAndFirst(t *testing.T) {
	r, _ := newRuntime(t, Options{})
	count := join(constant(countAt), constant(countAt), load(), constant(1), []byte{opAdd}, store())
	m := minimal().with(hostabi.ExportInitialize, ":", count)
	m.with(hostabi.ExportConfigure, "i:i", constant(countAt), load(), constant(1), []byte{opEq, opIf, 0x7f}, constant(0), []byte{opElse}, constant(1), []byte{opEnd})
	mustLoad(t, r, m.wasm(), `{}`)
}

func TestConfigurationReachesTheGuest(t *testing.T) {
	config := strings.Repeat(`{"a":1}`, 10)
	r, _ := newRuntime(t, Options{})
	p := mustLoad(t, r, minimal().wasm(), config)
	got, _ := p.seats[0].guest.memory.Read(bufferAt, uint32(len(config)))
	if string(got) != config {
		t.Errorf("the guest has %q", got)
	}
	if !bytes.Equal(p.config, []byte(config)) {
		t.Error("configuration is not kept for instances that can't be made from a snapshot")
	}
}

func TestGoGuestRefusesItsConfiguration(t *testing.T) {
	r, book := newRuntime(t, Options{CacheDir: compilationCache()})
	_, err := r.Load(t.Context(), "test", goGuest(t), []byte(`{"refuse":true}`), Grants{})
	if err == nil || !strings.Contains(err.Error(), "configuration refused with code 2") {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(book.text(), "test 8 refused as told") {
		t.Errorf("log has %q", book.text())
	}
	if _, err := r.Load(t.Context(), "test", goGuest(t), []byte(`{`), Grants{}); err == nil || !strings.Contains(err.Error(), "code 1") {
		t.Errorf("error %v", err)
	}
}

func TestLoadAfterClose(t *testing.T) {
	r, err := New(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Load(t.Context(), "late", minimal().wasm(), nil, Grants{}); err == nil {
		t.Error("a closed runtime loads plugins")
	}
	if err := r.adopt(&Plugin{}); !errors.Is(err, ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
}

func TestNewRefusesACacheThatIsAFile(t *testing.T) {
	if _, err := New(t.Context(), Options{CacheDir: "load_test.go"}); err == nil || !strings.Contains(err.Error(), "open the compilation cache") {
		t.Errorf("error %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add(minimal().wasm())
	m := minimal().imported(hostabi.Module, hostabi.ImportLog, "iii:i").with(hostabi.ExportInitialize, ":")
	f.Add(m.wasm())
	f.Add(m.wasm()[:100])
	f.Add([]byte("\x00asm\x01\x00\x00\x00"))
	r, _ := newRuntime(f, Options{MemoryPages: 16, Log: func(string, int, string) {}})
	f.Fuzz(func(t *testing.T, wasm []byte) {
		if bytes.IndexByte(wasm, opLoop) >= 0 && bytes.IndexByte(wasm, opBr) >= 0 {
			return // an endless loop is stopped, but burns what an instance may take to start
		}
		p, err := r.Load(t.Context(), "fuzz", wasm, []byte(`{}`), Grants{})
		if err != nil {
			return
		}
		if err := p.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
}
