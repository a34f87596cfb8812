package trust

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

const full = lockTitle + `
[acme]
version = "2.0.0"
sha256 = "` + sumA + `"
source = "oci://registry.example/acme:2"
signer = "C373193807678450"
hooks = ["request", "response"]
vendor.acme = "https://api.acme.example/v1"
env = ["ACME_API_KEY"]

[shout]
version = "1.2.3"
sha256 = "` + sumB + `"
source = "./say \"shout\".wasm"
hooks = ["input", "output"]
text = ["tool", "user"]
headers = ["x-team"]
upstream.judge = ""
kv = 65536
match = true
`

const (
	sumA = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	sumB = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
)

func TestLockReadsWhatItWrites(t *testing.T) {
	l, err := ParseLock("plugins.lock", []byte(full))
	if err != nil {
		t.Fatal(err)
	}
	if got := string(l.Text()); got != full {
		t.Errorf("got %s", got)
	}
	want := &Entry{"shout", "1.2.3", sumB, `./say "shout".wasm`, "", Grants{Hooks: []string{"input", "output"}, Text: []string{"tool", "user"},
		Headers: []string{"x-team"}, Upstreams: map[string]string{"judge": ""}, KV: 65536, Match: true}}
	if got := l.Find("shout"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v", got)
	}
}

func TestLockIsLenientAboutForm(t *testing.T) {
	text := "  # note\r\n[x]\r\n  sha256=\"" + sumA + "\"\r\n\tversion =  \"1.0.0\"\r\nmatch=false\r\ntext = [ \"user\",\"tool\" , ]\r\nenv = []"
	l, err := ParseLock("plugins.lock", []byte(text))
	if err != nil || strings.Join(l.Find("x").Grants.Text, " ") != "tool user" {
		t.Errorf("%+v %v", l, err)
	}
}

func TestParseLockRefuses(t *testing.T) {
	good := "[x]\nversion = \"1\"\nsha256 = \"" + sumA + "\"\n"
	for text, want := range map[string]string{
		"version = \"1\"\n":                     "1: version belongs to no [name]",
		"hello\n":                               "1: expected [name] or key = value",
		"[X]\n":                                 "1: expected [name]",
		"[x\n":                                  "1: expected [name]",
		"\n[x]\nversion = \"1\"\n":              "2: plugin x needs version and sha256",
		"[x]\n[y]\n":                            "2: plugin x needs version and sha256 (the entry that ends here)",
		good + good:                             "4: plugin x is there twice",
		good + "version = \"2\"":                "4: version is there twice",
		good + "colour = 1":                     "4: colour: not known here",
		good + "upstreams.a = \"\"":             "4: upstreams.a: not known here",
		good + "upstream.a b = \"\"":            "4: upstream.a b: not a name",
		good + "upstream.a = 1":                 "4: upstream.a: expected a text",
		good + "source = x":                     "4: source: expected a text in quotes",
		good + "source = \"x\" # y":             "4: source: expected one text in quotes",
		good + "source = \"a\\nb\"":             "4: source: expected one text in quotes, without control",
		good + "source = \"\\xff\"":             "4: source: expected one text",
		good + "source = \"\xff\"":              "4: not UTF-8",
		good + "text = \"user\"":                "4: text: expected a list",
		good + "text = [\"user\" \"tool\"]":     "4: text: expected a comma",
		good + "text = [user]":                  "4: text: expected texts in quotes",
		good + "text = [\"user\", \"user\"]":    "4: text: something is there twice",
		good + "text = [`user`]":                "4: text: expected a text in quotes",
		good + "kv = -1":                        "4: kv: expected a number",
		good + "kv = 99999999999":               "4: kv: expected a number",
		good + "match = yes":                    "4: match: expected true or false",
		"[x]\nversion = \"1\"\nsha256 = \"aa\"": "3: sha256: expected 64 hexadecimal digits",
	} {
		_, err := ParseLock("plugins.lock", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), "plugins.lock:"+want) {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}

func TestLockWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "plugins.lock")
	l := &Lock{}
	l.Put(Entry{Name: "x", Version: "1.0.0", SHA256: sumA, Source: "a\x1b[2Jb\nc"})
	if err := l.Write(file); err != nil {
		t.Fatal(err)
	}
	back, err := ReadLock(file)
	if err != nil || back.Find("x").Source != "a [2Jb c" {
		t.Errorf("%+v %v", back, err)
	}
	before, _ := os.ReadFile(file)
	l.Put(Entry{Name: "y", Version: "1.0.0", SHA256: sumA, Grants: Grants{Vendors: map[string]string{"a b": ""}}})
	if err := l.Write(file); err == nil || !strings.Contains(err.Error(), "vendor.a b: not a name") {
		t.Errorf("an entry that can't be read back: %v", err)
	}
	if after, _ := os.ReadFile(file); string(after) != string(before) {
		t.Errorf("a failed write left %s", after)
	}
	l.Remove("y")
	l.Remove("x")
	if err := l.Write(file); err != nil {
		t.Fatal(err)
	}
	if back, err := ReadLock(file); err != nil || len(back.Names()) != 0 {
		t.Errorf("%v %v", back, err)
	}
	if err := l.Write(filepath.Join(file, "no", "folder")); err == nil {
		t.Error("a lock was written into a file")
	}
}

func TestGrantsInWords(t *testing.T) {
	m := &hostabi.Manifest{Hooks: []string{"request"}, Vendors: []hostabi.Vendor{
		{Name: "acme", BaseURL: "https://acme.example", Aliases: []string{"ac"}, Env: map[string][]string{"api_key": {"ACME_KEY"}, "api_base": {"ACME_URL", "ACME_KEY"}}},
		{Name: "own"},
	}, Needs: hostabi.Needs{Headers: []string{"x-\x1b"}}}
	want := []string{
		"to be called for request", "to read the request headers x- ", "to serve the provider ac at https://acme.example",
		"to serve the provider acme at https://acme.example", "to serve the provider own at an address that you configure",
		"to have the credentials and addresses in ACME_KEY, ACME_URL used for it",
	}
	if got := Asks(m).Words(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q", got)
	}
	if more := Asks(m).Beyond(Asks(m)); len(more) > 0 {
		t.Errorf("more than itself: %q", more)
	}
	less := Asks(m)
	less.Env = []string{"ACME_URL"}
	if more := Asks(m).Beyond(less); len(more) != 1 || !strings.Contains(more[0], "in ACME_KEY used") {
		t.Errorf("got %q", more)
	}
}

func FuzzParseLock(f *testing.F) {
	f.Add(full)
	f.Add("[x]\r\nversion=\"\\u00e9\"\nsha256=\"" + sumA + "\"\ntext=[\"\\u200b\",]")
	f.Fuzz(func(t *testing.T, text string) {
		l, err := ParseLock("plugins.lock", []byte(text))
		if err != nil {
			return
		}
		written := l.Text()
		back, err := ParseLock("plugins.lock", written)
		if err != nil {
			t.Fatalf("%s was written and can't be read: %v", written, err)
		}
		if again := back.Text(); string(again) != string(written) {
			t.Fatalf("%s became %s", written, again)
		}
	})
}

func FuzzParseKeys(f *testing.F) {
	f.Add(toolKey)
	f.Fuzz(func(t *testing.T, text string) {
		keys, err := ParseKeys("plugins.trust", []byte(text))
		if err != nil {
			return
		}
		if back, err := ParseKeys("plugins.trust", keys.Text()); err != nil || len(back) != len(keys) {
			t.Fatalf("%q: %v", keys.Text(), err)
		}
	})
}
