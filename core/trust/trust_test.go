package trust

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"aead.dev/minisign"

	"github.com/sluice-gateway/sluice/hostabi"
)

func manifest(change func(*hostabi.Manifest)) *hostabi.Manifest {
	m := &hostabi.Manifest{Name: "shout", Version: "1.2.3", Kind: "guard", Hooks: []string{"output", "input"},
		Needs: hostabi.Needs{Text: []string{"user"}, KV: 100, Match: true,
			Upstreams: []hostabi.Upstream{{Name: "judge", URL: "https://judge.example", Env: map[string][]string{"api_key": {"JUDGE_KEY"}}}}}}
	if change != nil {
		change(m)
	}
	return m
}

func entry(wasm string, m *hostabi.Manifest) Entry {
	return Entry{Name: m.Name, Version: m.Version, SHA256: Sum([]byte(wasm)), Source: "https://x/shout.wasm", Grants: Asks(m)}
}

// folder makes a plugins folder's policy with a lock and trusted keys.
func folder(t *testing.T, l *Lock, keys Keys) Policy {
	t.Helper()
	p := For(filepath.Join(t.TempDir(), "plugins"), true, keys != nil)
	if err := l.Write(p.LockFile); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(p.TrustFile, keys.Text(), 0o644); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestFor(t *testing.T) {
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		"plugins": "plugins.lock", "a/plugins/": "a/plugins.lock", "./plugins": "plugins.lock", ".": here + ".lock", "..": filepath.Dir(here) + ".lock",
	} {
		if p := For(dir, false, false); p.LockFile != want {
			t.Errorf("the lock of %s is %s, want %s", dir, p.LockFile, want)
		}
	}
}

func TestLockDecides(t *testing.T) {
	l := &Lock{}
	l.Put(entry("one", manifest(nil)))
	p := folder(t, l, nil)
	greedy := manifest(func(m *hostabi.Manifest) {
		m.Version, m.Needs.Headers = "1.3.0", []string{"x-team"}
		m.Needs.Upstreams[0].URL = "https://evil.example"
	})
	for _, c := range []struct {
		name, wasm string
		m          *hostabi.Manifest
		want       []string // parts of the refusal; none = let in
	}{
		{"shout", "one", manifest(nil), nil},
		{"other", "one", manifest(nil), []string{"plugin other is not in plugins.lock", "sluice plugin add ", "/plugins/other.wasm --plugins "}},
		{"shout", "two", manifest(nil), []string{"is another file than plugins.lock approves", "version 1.2.3 (sha256 " + Sum([]byte("two"))[:12], Sum([]byte("one"))[:12]}},
		{"shout", "two", greedy, []string{"version 1.3.0", "asks for more", "the request headers x-team", "the upstream judge at https://evil.example", "sluice plugin add"}},
		{"shout", "one", greedy, []string{"asks for more than plugins.lock grants", "x-team"}},
	} {
		err := p.Verify(c.name, []byte(c.wasm), nil, c.m)
		if (err == nil) != (c.want == nil) {
			t.Errorf("%s %s: %v", c.name, c.wasm, err)
		}
		for _, part := range c.want {
			if err != nil && !strings.Contains(err.Error(), part) {
				t.Errorf("%s %s: %q is not in %v", c.name, c.wasm, part, err)
			}
		}
	}
	if err := (Policy{LockFile: p.LockFile}).Verify("other", []byte("x"), nil, greedy); err != nil {
		t.Errorf("a policy that demands nothing: %v", err)
	}
}

func TestGranted(t *testing.T) {
	l := &Lock{}
	l.Put(entry("one", manifest(nil)))
	p := folder(t, l, nil)
	if g, err := p.Granted("shout", Sum([]byte("one"))); err != nil || g.Upstreams["judge"] != "https://judge.example" {
		t.Errorf("%+v %v", g, err)
	}
	for _, c := range [][2]string{{"shout", "two"}, {"other", "one"}} {
		if g, err := p.Granted(c[0], Sum([]byte(c[1]))); err != nil || len(g.Words()) > 0 {
			t.Errorf("%s: %+v %v", c, g, err)
		}
	}
	if err := os.WriteFile(p.LockFile, []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Granted("shout", ""); err == nil || !strings.Contains(err.Error(), "plugins.lock:1: ") {
		t.Errorf("a lock that can't be read: %v", err)
	}
	if err := p.Verify("shout", []byte("one"), nil, manifest(nil)); err == nil {
		t.Error("a lock that can't be read lets everything in")
	}
}

func newKey(t *testing.T) minisign.PrivateKey {
	t.Helper()
	_, key, err := minisign.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func public(k minisign.PrivateKey) Key { return Key{k.Public().(minisign.PublicKey), "ours"} }

func TestSignaturesDecide(t *testing.T) {
	ours, foreign := newKey(t), newKey(t)
	p := folder(t, &Lock{}, Keys{public(newKey(t)), public(ours)})
	p.Lock = false
	wasm := []byte("module")
	forged := Sign(foreign, "shout.wasm", wasm)
	var s minisign.Signature
	if err := s.UnmarshalText(forged); err != nil {
		t.Fatal(err)
	}
	s.KeyID = ours.ID()
	for name, c := range map[string]struct {
		wasm, signature []byte
		want            string
	}{
		"good":        {wasm, Sign(ours, "shout.wasm", wasm), ""},
		"legacy":      {wasm, minisign.Sign(ours, wasm), ""},
		"missing":     {wasm, nil, "not signed: signatures are required and there is no shout.wasm.minisig"},
		"empty":       {wasm, []byte("\n"), "not signed"},
		"tampered":    {[]byte("modulE"), Sign(ours, "shout.wasm", wasm), "does not belong to this file"},
		"foreign":     {wasm, forged, "signed with the key " + public(foreign).ID() + ", which is not in plugins.trust"},
		"foreign id":  {wasm, []byte(s.String()), "does not belong to this file"},
		"of nonsense": {wasm, []byte("hello"), "can't be read"},
	} {
		err := p.Verify("shout", c.wasm, c.signature, manifest(nil))
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if err := os.Remove(p.TrustFile); err != nil {
		t.Fatal(err)
	}
	if err := p.Verify("shout", wasm, Sign(ours, "shout.wasm", wasm), manifest(nil)); err == nil {
		t.Error("without trusted keys a signature counts")
	}
}

// The minisign tool made these.
const (
	toolKey       = "untrusted comment: minisign public key C373193807678450\nRWRQhGcHOBlzw4CoKyugkk4ioDfoxlXxC9LBx+VNhJ3w9w+cAxgvPsuo\n"
	toolSignature = "untrusted comment: signature from minisign secret key\n" +
		"RWRQhGcHOBlzwxrJCyuC+rJfHSfyRKRxkuwa3JJ0bWEs7RHjL1OUmqnTr+V1B9JzFuJIH/ybR2Eus9oEZKt9RbitpF/L4D3+5wg=\n" +
		"trusted comment: timestamp:1614549543\tfile:message.txt\n" +
		"P/722+ynQ+tIy0qadFHwLx5MsyNz/jDKJkDWQj4dDD2OKnVte8m/M14mwPE/1NMwzShPMSBhMXqZGdbe+UZjDg==\n"
)

func TestFilesOfTheMinisignTool(t *testing.T) {
	keys, err := ParseKeys("minisign.pub", []byte(toolKey))
	if err != nil || len(keys) != 1 {
		t.Fatalf("%v %v", keys, err)
	}
	k, err := keys.Verify([]byte("Hello World!\n"), []byte(toolSignature))
	if err != nil || k.ID() != "C373193807678450" {
		t.Errorf("%v %v", k, err)
	}
	if _, err := keys.Verify([]byte("Hello World?\n"), []byte(toolSignature)); !errors.Is(err, ErrTampered) {
		t.Errorf("another text: %v", err)
	}
	changed := strings.Replace(toolSignature, "file:message.txt", "file:massage.txt", 1)
	if _, err := keys.Verify([]byte("Hello World!\n"), []byte(changed)); !errors.Is(err, ErrTampered) {
		t.Errorf("another trusted comment: %v", err)
	}
}

func TestKeysText(t *testing.T) {
	ours := public(newKey(t))
	text := Keys{ours, Key{Public: ours.Public, Comment: "a\x1b[2J\nb"}}.Text()
	keys, err := ParseKeys("plugins.trust", text)
	if err != nil || len(keys) != 2 || keys[0].Comment != "ours" || keys[1].Comment != "a [2J b" || keys.Find(ours.ID()) == nil {
		t.Errorf("%+v %v", keys, err)
	}
	_, err = ParseKeys("plugins.trust", []byte("# keys\n\nRWQnonsense ours\n"))
	if err == nil || !strings.HasPrefix(err.Error(), "plugins.trust:3: not a minisign public key") {
		t.Errorf("got %v", err)
	}
}

func TestReadSignature(t *testing.T) {
	module := filepath.Join(t.TempDir(), "x.wasm")
	if s, err := ReadSignature(module); s != nil || err != nil {
		t.Errorf("nothing there: %q %v", s, err)
	}
	if err := os.WriteFile(module+SignatureSuffix, []byte("text"), 0o644); err != nil {
		t.Fatal(err)
	}
	if s, err := ReadSignature(module); string(s) != "text" || err != nil {
		t.Errorf("%q %v", s, err)
	}
	if err := os.Mkdir(module+"2"+SignatureSuffix, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSignature(module + "2"); err == nil {
		t.Error("a folder was read as a signature")
	}
}
