package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
)

// Lock is what an operator approved: one file, text that goes to git.
type Lock struct {
	entries map[string]*Entry
}

// Entry is one approved plugin.
type Entry struct {
	Name    string
	Version string
	SHA256  string // in hexadecimal
	Source  string // where it was fetched from
	Signer  string // id of the key that signed it, "" = not signed
	Grants  Grants
}

// ReadLock reads a lock. One that is not there is empty.
func ReadLock(file string) (*Lock, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return &Lock{}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read lock: %w", err)
	}
	return ParseLock(file, text)
}

// Find returns the entry of a plugin, nil when there is none.
func (l *Lock) Find(name string) *Entry { return l.entries[name] }

// Names lists the plugins in order.
func (l *Lock) Names() []string { return slices.Sorted(maps.Keys(l.entries)) }

// Put adds an entry, or replaces that of the same name.
func (l *Lock) Put(e Entry) {
	if l.entries == nil {
		l.entries = map[string]*Entry{}
	}
	l.entries[e.Name] = &e
}

// Remove takes an entry out, if there is one.
func (l *Lock) Remove(name string) { delete(l.entries, name) }

const lockTitle = "# What the plugins beside this file may do, as somebody approved it with sluice plugin add. Keep it in git.\n"

// Text writes the lock: the same text for the same entries.
func (l *Lock) Text() []byte {
	var b bytes.Buffer
	b.WriteString(lockTitle)
	for _, name := range l.Names() {
		l.entries[name].write(&b)
	}
	return b.Bytes()
}

func (e *Entry) write(b *bytes.Buffer) {
	fmt.Fprintf(b, "\n[%s]\n", e.Name)
	line := func(key, value string) {
		if value != "" {
			fmt.Fprintf(b, "%s = %s\n", key, quote(value))
		}
	}
	list := func(key string, values []string) {
		if len(values) > 0 {
			quoted := make([]string, len(values))
			for i, v := range values {
				quoted[i] = quote(v)
			}
			fmt.Fprintf(b, "%s = [%s]\n", key, strings.Join(quoted, ", "))
		}
	}
	table := func(key string, values map[string]string) {
		for _, name := range slices.Sorted(maps.Keys(values)) {
			fmt.Fprintf(b, "%s.%s = %s\n", key, name, quote(values[name]))
		}
	}
	line("version", e.Version)
	line("sha256", e.SHA256)
	line("source", e.Source)
	line("signer", e.Signer)
	list("hooks", e.Grants.Hooks)
	list("text", e.Grants.Text)
	list("headers", e.Grants.Headers)
	table("upstream", e.Grants.Upstreams)
	table("vendor", e.Grants.Vendors)
	list("env", e.Grants.Env)
	if e.Grants.KV > 0 {
		fmt.Fprintf(b, "kv = %d\n", e.Grants.KV)
	}
	if e.Grants.Match {
		b.WriteString("match = true\n")
	}
}

// quote writes text as TOML would have it. Control characters, which the parser refuses, become spaces.
func quote(text string) string { return strconv.Quote(printable(text)) }

func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if isControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
}

func isControl(r rune) bool { return r < ' ' || r >= 0x7f && r < 0xa0 }

// Write replaces the lock's file as a whole. It fails, and changes nothing, when an entry could not be read back.
func (l *Lock) Write(file string) error {
	if _, err := ParseLock(file, l.Text()); err != nil {
		return fmt.Errorf("write lock: %w", err)
	}
	if err := WriteFile(file, l.Text(), 0o644); err != nil {
		return fmt.Errorf("write lock: %w", err)
	}
	return nil
}
