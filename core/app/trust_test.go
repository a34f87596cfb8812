package app_test

import (
	"os"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/app/apptest"
	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// TestLockDecidesWhatIsLoaded puts a file into the folder of a gateway that demands the lock, then approves it, then
// approves another.
func TestLockDecidesWhatIsLoaded(t *testing.T) {
	m := &shelf{t: t, dir: t.TempDir()}
	m.Gateway = apptest.Start(t, apptest.Setup{Config: demoConfig + "\nplugin_policy: {lock: required}\n", Options: app.Options{PluginDir: m.dir}})
	m.poll = m.App.PluginPoll()
	m.settle()
	wasm := guestModule(t, "sentry")
	m.write("sentry.wasm", wasm)
	m.settle()
	if p := m.shown("sentry"); p.State != "failed" || !strings.Contains(p.LastError, "is not in") {
		t.Errorf("not approved: %+v", p)
	}
	approve := func(sum string) {
		t.Helper()
		manifest, err := pack.Manifest(wasm)
		if err != nil {
			t.Fatal(err)
		}
		file := trust.For(m.dir, true, false).LockFile
		lock, err := trust.ReadLock(file)
		if err != nil {
			t.Fatal(err)
		}
		lock.Put(trust.Entry{Name: "sentry", Version: manifest.Version, SHA256: sum, Grants: trust.Asks(manifest)})
		if err := os.WriteFile(file, lock.Text(), 0o600); err != nil {
			t.Fatal(err)
		}
		m.settle()
	}
	approve(trust.Sum(wasm))
	if p := m.shown("sentry"); p.State != "loaded" || p.Lock != "locked" || p.LastError != "" {
		t.Errorf("approved: %+v", p)
	}
	approve(strings.Repeat("0", 64))
	if p := m.shown("sentry"); p.State != "loaded" || p.Lock != "not locked" || !strings.Contains(p.LastError, "is another file than") {
		t.Errorf("approved no more: %+v", p)
	}
	if err := m.App.Reload(); err == nil || !strings.Contains(err.Error(), "is another file than") {
		t.Errorf("a reload that demands what is not there: %v", err)
	}
}
