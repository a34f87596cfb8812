package cli

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

func greedy(m *hostabi.Manifest) { m.Version, m.Needs.Headers = "1.1.0", []string{"x-team"} }

func TestAddAsks(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plugins")
	from := save(t, filepath.Join(t.TempDir(), "download.wasm"), tiny(t, nil))
	code, stdout, stderr := answered(t, "n\n", "plugin", "add", from, "--plugins", dir)
	if code != 1 || !strings.Contains(stdout, "Approve it? [y/N]") || !strings.Contains(stderr, "not approved: nothing was changed") {
		t.Errorf("%d %s %s", code, stdout, stderr)
	}
	for _, stdin := range []string{"", "\n", "yess\n", "no"} {
		if code, _, _ := answered(t, stdin, "plugin", "add", from, "--plugins", dir); code != 1 {
			t.Errorf("%q approved it", stdin)
		}
	}
	if entries, _ := os.ReadDir(filepath.Dir(dir)); len(entries) != 0 {
		t.Errorf("unapproved, and there is %v", entries)
	}
	code, stdout, stderr = answered(t, "Yes\n", "plugin", "add", from, "--plugins", dir)
	if code != 0 || !strings.Contains(stdout, "asks      to be called for") {
		t.Errorf("%d %s %s", code, stdout, stderr)
	}
	wasm := tiny(t, nil)
	m, err := pack.Manifest(wasm)
	if err != nil {
		t.Fatal(err)
	}
	if read(t, filepath.Join(dir, "tiny.wasm")) != string(wasm) {
		t.Error("another file was written")
	}
	if err := trust.For(dir, true, false).Verify("tiny", wasm, nil, m); err != nil {
		t.Errorf("what was added is refused: %v", err)
	}
	if !strings.Contains(read(t, dir+".lock"), "source = \"file:download.wasm\"\n") {
		t.Errorf("the lock is %s", read(t, dir+".lock"))
	}
}

// Whoever is asked may interrupt.
func TestAddIsInterrupted(t *testing.T) {
	from := save(t, filepath.Join(t.TempDir(), "x.wasm"), tiny(t, nil))
	stdin, nobody := io.Pipe()
	defer nobody.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	out := newOutput()
	ended := make(chan int)
	go func() {
		ended <- Run(ctx, Env{[]string{"plugin", "add", from, "--plugins", t.TempDir()}, out, out, none, stdin})
	}()
	out.wait(t, "Approve it")
	interrupt()
	if code := <-ended; code != 1 {
		t.Errorf("exit code %d: %s", code, out)
	}
}

func TestAddShowsWhatIsNew(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plugins")
	add(t, dir, save(t, filepath.Join(t.TempDir(), "x.wasm"), tiny(t, nil)))
	again := save(t, filepath.Join(t.TempDir(), "y.wasm"), tiny(t, nil))
	code, stdout, _ := answered(t, "", "plugin", "add", again, "--plugins", dir)
	if code != 0 || strings.Contains(stdout, "Approve") || !strings.Contains(read(t, dir+".lock"), "file:x.wasm") {
		t.Errorf("what is approved already: %d %s", code, stdout)
	}
	more := save(t, filepath.Join(t.TempDir(), "x.wasm"), tiny(t, greedy))
	code, stdout, _ = answered(t, "no\n", "plugin", "add", more, "--plugins", dir)
	if code != 1 || !strings.Contains(stdout, "is new    to read the request headers x-team\n") || !strings.Contains(stdout, "approves another file, version") {
		t.Errorf("%d %s", code, stdout)
	}
	add(t, dir, more)
	if lock := read(t, dir+".lock"); !strings.Contains(lock, `headers = ["x-team"]`) || !strings.Contains(lock, `version = "1.1.0"`) {
		t.Errorf("the lock is %s", lock)
	}
}

func TestAddRefusesTheUnfit(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plugins")
	unfit := bytes.Replace(tiny(t, nil), []byte("sluice_event"), []byte("sluice_evert"), 1)
	for want, content := range map[string][]byte{"not a WebAssembly module": []byte("hello"), "the gateway would refuse it": unfit} {
		code, _, stderr := command(t, none, "plugin", "add", "--yes", "--plugins", dir, save(t, filepath.Join(t.TempDir(), "x.wasm"), content))
		if code != 1 || !strings.Contains(stderr, want) {
			t.Errorf("%d %s, want %s", code, stderr, want)
		}
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("an unfit plugin left a folder")
	}
}

// keyPair makes a key without a password.
func keyPair(t *testing.T) (file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "key")
	if code, stdout, stderr := answered(t, "\n", "plugin", "keygen", "--key", file); code != 0 || !strings.Contains(stdout, "sluice plugin trust RW") {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	return file
}

func ok(t *testing.T, args ...string) string {
	t.Helper()
	code, stdout, stderr := command(t, none, append([]string{"plugin"}, args...)...)
	if code != 0 {
		t.Fatalf("%q: %d %s %s", args, code, stdout, stderr)
	}
	return stdout
}

func TestSignAndTrust(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plugins")
	key, from := keyPair(t), save(t, filepath.Join(t.TempDir(), "tiny.wasm"), tiny(t, nil))
	ok(t, "sign", from, "--key", key)
	if out := add(t, dir, from); !strings.Contains(out, "signature signed with the key ") || !strings.Contains(out, "it does not count") {
		t.Errorf("a key that nobody trusts: %s", out)
	}
	if strings.Contains(read(t, dir+".lock"), "signer") {
		t.Errorf("a key that nobody trusts is in the lock: %s", read(t, dir+".lock"))
	}
	ok(t, "trust", key+".pub", "--comment", "the team", "--plugins", dir)
	ok(t, "trust", key+".pub", "--comment", "our team", "--plugins", dir)
	if trusted := read(t, dir+".trust"); strings.Count(trusted, "\nRW") != 1 || !strings.Contains(trusted, " our team\n") {
		t.Errorf("trusted are %s", trusted)
	}
	if out := add(t, dir, from); !strings.Contains(out, "signature by the trusted key ") || !strings.Contains(out, " our team\n") {
		t.Errorf("got %s", out)
	}
	public, err := minisign.PublicKeyFromFile(key + ".pub")
	if err != nil || !strings.Contains(read(t, dir+".lock"), "signer = \""+trust.Key{Public: public}.ID()+"\"") {
		t.Errorf("%v, the lock is %s", err, read(t, dir+".lock"))
	}
	m, err := pack.Manifest(tiny(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := trust.ReadSignature(filepath.Join(dir, "tiny.wasm"))
	if err != nil {
		t.Fatal(err)
	}
	if err := trust.For(dir, true, true).Verify("tiny", tiny(t, nil), signature, m); err != nil {
		t.Errorf("what was added is refused: %v", err)
	}
}

// A new version of a plugin that was signed must be, too.
func TestAddRefusesLostSignatures(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plugins")
	key, foreign, from := keyPair(t), keyPair(t), save(t, filepath.Join(t.TempDir(), "tiny.wasm"), tiny(t, nil))
	ok(t, "trust", strings.Split(read(t, key+".pub"), "\n")[1], "--plugins", dir)
	ok(t, "sign", from, "--key", key)
	add(t, dir, from)
	before := read(t, dir+".lock")
	next := save(t, filepath.Join(t.TempDir(), "tiny.wasm"), tiny(t, greedy))
	refused := func(want string) {
		t.Helper()
		code, _, stderr := command(t, none, "plugin", "add", "--yes", "--plugins", dir, next)
		if code != 1 || !strings.Contains(stderr, want) || read(t, dir+".lock") != before {
			t.Errorf("%d %s, want %s", code, stderr, want)
		}
	}
	refused("was signed with the key ")
	save(t, next+".minisig", []byte(read(t, from+".minisig")))
	refused("does not belong to this file")
	save(t, next+".minisig", []byte("nonsense"))
	refused("can't be read")
	ok(t, "sign", next, "--key", foreign)
	refused("was signed with the key ")
	ok(t, "remove", "tiny", "--plugins", dir)
	if _, err := os.Stat(filepath.Join(dir, "tiny.wasm.minisig")); err == nil {
		t.Error("the signature was left")
	}
	add(t, dir, next)
}

func TestAddFromTheWeb(t *testing.T) {
	folder := t.TempDir()
	key, from := keyPair(t), save(t, filepath.Join(folder, "tiny.wasm"), tiny(t, nil))
	ok(t, "sign", from, "--key", key)
	server := httptest.NewServer(http.FileServer(http.Dir(folder)))
	defer server.Close()
	dir := filepath.Join(t.TempDir(), "plugins")
	ok(t, "trust", key+".pub", "--plugins", dir)
	out := add(t, dir, server.URL+"/tiny.wasm?token=CANARY")
	lock := read(t, dir+".lock")
	if !strings.Contains(lock, "source = \""+server.URL+"/tiny.wasm\"") || strings.Contains(lock+out, "CANARY") || !strings.Contains(out, "by the trusted key") {
		t.Errorf("%s %s", lock, out)
	}
	if read(t, filepath.Join(dir, "tiny.wasm.minisig")) != read(t, from+".minisig") {
		t.Error("the signature was not kept")
	}
}

func TestRemove(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "plugins")
	add(t, dir, save(t, filepath.Join(t.TempDir(), "x.wasm"), tiny(t, nil)))
	ok(t, "remove", "tiny", "--plugins", dir)
	if strings.Contains(read(t, dir+".lock"), "[tiny]") {
		t.Error("it is still locked")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 0 {
		t.Errorf("left %v", entries)
	}
	for want, name := range map[string]string{"there is no plugin tiny in ": "tiny", "is not a plugin's name": "../tiny"} {
		if code, _, stderr := command(t, none, "plugin", "remove", name, "--plugins", dir); code == 0 || !strings.Contains(stderr, want) {
			t.Errorf("%s: %d %s", name, code, stderr)
		}
	}
}

func TestKeysAndSignaturesAreGuarded(t *testing.T) {
	key := keyPair(t)
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	module := save(t, filepath.Join(t.TempDir(), "tiny.wasm"), tiny(t, nil))
	other := file(t, "x.wasm", "text")
	for _, c := range []struct{ args, want string }{
		{"keygen --key " + key, "file exists"},
		{"keygen", "--key FILE"},
		{"sign " + module, "--key KEYFILE"},
		{"sign " + other + " --key " + key, "not a plugin"},
		{"sign " + module + " --key " + key + ".pub", "not a minisign secret key"},
		{"sign " + module + " --key nowhere", "read key"},
		{"sign nowhere --key " + key, "sign: "},
		{"trust nonsense --plugins " + t.TempDir(), "neither a minisign public key nor a file with one"},
		{"trust " + key + " --plugins " + t.TempDir(), "not a minisign public key"},
	} {
		code, _, stderr := command(t, none, append([]string{"plugin"}, strings.Fields(c.args)...)...)
		if code == 0 || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: %d %s, want %s", c.args, code, stderr, c.want)
		}
	}
}

// Keys with a password take a gigabyte and seconds on purpose.
func TestPassword(t *testing.T) {
	if testing.Short() {
		t.Skip("slow by design")
	}
	key := filepath.Join(t.TempDir(), "key")
	if code, _, stderr := answered(t, "CANARY\nCANARI\n", "plugin", "keygen", "--key", key); code != 1 || !strings.Contains(stderr, "differ") {
		t.Errorf("%d %s", code, stderr)
	}
	code, stdout, stderr := answered(t, "CANARY\nCANARY\n", "plugin", "keygen", "--key", key)
	if code != 0 || strings.Contains(stdout+stderr, "CANARY") || !minisign.IsEncrypted([]byte(read(t, key))) {
		t.Fatalf("%d %s %s", code, stdout, stderr)
	}
	module := save(t, filepath.Join(t.TempDir(), "tiny.wasm"), tiny(t, nil))
	for stdin, want := range map[string]int{"CANARY\n": 0, "CANARI\n": 1, "": 1} {
		if code, _, stderr := answered(t, stdin, "plugin", "sign", module, "--key", key); code != want {
			t.Errorf("%q: %d %s", stdin, code, stderr)
		}
	}
}
