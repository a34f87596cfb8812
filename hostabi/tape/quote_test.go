package tape

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestUnquote(t *testing.T) {
	for src, want := range map[string]string{
		``:                     "",
		`plain`:                "plain",
		`\"\\\/\b\f\n\r\t`:     "\"\\/\b\f\n\r\t",
		`a\nb\nc`:              "a\nb\nc",
		`\u0041\u00e9\u2603`:   "Aé☃",
		`\uD83D\uDE00`:         "😀",
		`\ud83dx`:              "\uFFFDx",
		`\ud83d\n`:             "\uFFFD\n",
		`\ud83d\u0041`:         "\uFFFDA",
		`\ud83d\ud83d\ude00`:   "\uFFFD😀",
		`\ude00\ud83d`:         "\uFFFD\uFFFD",
		`\u0000`:               "\x00",
		"\xff\\n\xfe":          "\xff\n\xfe",
		`\`:                    "",
		`\u`:                   "",
		`x\u00`:                "x",
		`\u00zz!`:              "\uFFFD!",
		`\ud83d\u00`:           "\uFFFD",
		`x\`:                   "x",
		strings.Repeat("é", 9): strings.Repeat("é", 9),
	} {
		if got := string(AppendUnquoted([]byte("> "), []byte(src))); got != "> "+want {
			t.Errorf("%s: %q, want %q", src, got, "> "+want)
		}
	}
}

func TestQuote(t *testing.T) {
	for src, want := range map[string]string{
		"":                        ``,
		"plain é 😀 \x7f /":        "plain é 😀 \x7f /",
		"\"\\\n\r\t":              `\"\\\n\r\t`,
		"\x00\x1f\b\f":            `\u0000\u001f\u0008\u000c`,
		"\xff":                    "\xff",
		strings.Repeat("a\n", 20): strings.Repeat(`a\n`, 20),
	} {
		if got := string(AppendQuoted([]byte("> "), []byte(src))); got != "> "+want {
			t.Errorf("%q: %s, want %s", src, got, "> "+want)
		}
	}
}

func FuzzQuote(f *testing.F) {
	f.Add([]byte("a\"b\\c\nd\x00 é😀 long enough to pass the first block of the scan\t."))
	f.Add([]byte(`\ud83d\ude00\u`))
	f.Fuzz(func(t *testing.T, text []byte) {
		quoted := AppendQuoted([]byte{'"'}, text)
		quoted = append(quoted, '"')
		d := scan(t, string(quoted))
		if got := d.Text(0); string(got) != string(text) {
			t.Fatalf("%q comes back as %q", text, got)
		}
		if utf8.Valid(text) {
			var std string
			if err := json.Unmarshal(quoted, &std); err != nil || std != string(text) {
				t.Fatalf("encoding/json reads %s as %q, %v", quoted, std, err)
			}
		}
		// Any bytes at all may be asked to be decoded.
		if out := AppendUnquoted(nil, text); len(out) > len(text) {
			t.Fatalf("decoding made %d bytes of %d", len(out), len(text))
		}
		encoded, err := json.Marshal(string(text))
		if err != nil {
			t.Fatal(err)
		}
		var std string
		if err := json.Unmarshal(encoded, &std); err != nil {
			t.Fatal(err)
		}
		if got := string(scan(t, string(encoded)).Text(0)); got != std {
			t.Fatalf("%s reads as %q, want %q", encoded, got, std)
		}
	})
}
