package pack

import (
	"bytes"
	"errors"
	"testing"
)

func TestSection(t *testing.T) {
	plain := wasmHeader + "\x01\x04\x01\x60\x00\x00" // a type section
	for _, c := range []struct {
		name, wasm, want string
		err              error
	}{
		{"no bytes", "", "", ErrNotWasm},
		{"half a header", wasmHeader[:7], "", ErrNotWasm},
		{"another version", "\x00asm\x02\x00\x00\x00", "", ErrNotWasm},
		{"no sections", wasmHeader, "", ErrNoSection},
		{"other sections", plain, "", ErrNoSection},
		{"another custom section", plain + "\x00\x03\x01ab", "", ErrNoSection},
		{"the section", plain + "\x00\x05\x02mecd", "cd", nil},
		{"an empty section", plain + "\x00\x03\x02me", "", nil},
		{"the first of two", plain + "\x00\x04\x02me1\x00\x04\x02me2", "1", nil},
		{"a length in more bytes than it needs", plain + "\x00\x85\x80\x80\x80\x00\x02mecd", "cd", nil},
		{"an id without length", plain + "\x00", "", ErrNotWasm},
		{"half a length", plain + "\x00\x85", "", ErrNotWasm},
		{"a length past the end", plain + "\x00\x06\x02mecd", "", ErrNotWasm},
		{"a huge length", plain + "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02me", "", ErrNotWasm},
		{"an endless length", plain + "\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "", ErrNotWasm},
		{"a name past its section", plain + "\x00\x03\x09me" + "1234567", "", ErrNotWasm},
		{"a section without name", plain + "\x00\x00", "", ErrNotWasm},
		{"a bad section after the one", plain + "\x00\x05\x02mecd\x00", "cd", nil},
	} {
		got, err := Section([]byte(c.wasm), "me")
		if !errors.Is(err, c.err) || string(got) != c.want {
			t.Errorf("%s: %q, %v, want %q, %v", c.name, got, err, c.want, c.err)
		}
	}
}

func FuzzSection(f *testing.F) {
	f.Add([]byte(wasmHeader+"\x01\x04\x01\x60\x00\x00\x00\x05\x02mecd"), "me")
	f.Add([]byte(wasmHeader+"\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "")
	f.Fuzz(func(t *testing.T, wasm []byte, name string) {
		got, err := Section(wasm, name)
		switch {
		case err == nil:
			if !bytes.Contains(wasm, got) {
				t.Fatalf("%q is not in %q", got, wasm)
			}
		case errors.Is(err, ErrNoSection):
			added := withSection(wasm, name, []byte("content"))
			if got, err := Section(added, name); err != nil || string(got) != "content" {
				t.Fatalf("added to %q, found %q, %v", wasm, got, err)
			}
		case !errors.Is(err, ErrNotWasm):
			t.Fatalf("error %v", err)
		}
	})
}
