package trust

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"aead.dev/minisign"
)

// Keys are the public keys whose signatures count.
type Keys []Key

// Key is a minisign public key and what the operator noted about it.
type Key struct {
	Public  minisign.PublicKey
	Comment string
}

// ID returns the key's id as minisign prints it.
func (k Key) ID() string { return keyID(k.Public.ID()) }

func keyID(id uint64) string { return fmt.Sprintf("%016X", id) }

// ForeignKeyError says that a signature may be good, but comes from a key that is not trusted.
type ForeignKeyError struct{ ID string }

func (e *ForeignKeyError) Error() string { return "signed with the key " + e.ID }

// ErrTampered says that a signature by a trusted key does not belong to the file.
var ErrTampered = errors.New("the signature does not belong to this file: one of them was changed")

// ReadKeys reads a trust file: one key per line and after it a comment. A file that is not there holds none. Lines
// that begin with # or "untrusted comment:" say nothing, so that a key's own file is a trust file too.
func ReadKeys(file string) (Keys, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read trusted keys: %w", err)
	}
	return ParseKeys(file, text)
}

// ParseKeys reads a trust file's text. file is named in errors, with the line.
func ParseKeys(file string, text []byte) (Keys, error) {
	var keys Keys
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "untrusted comment:") {
			continue
		}
		word, comment, _ := strings.Cut(line, " ")
		var k Key
		if err := k.Public.UnmarshalText([]byte(word)); err != nil {
			return nil, fmt.Errorf("%s:%d: not a minisign public key: %w", file, number, err)
		}
		k.Comment = strings.TrimSpace(comment)
		keys = append(keys, k)
	}
	return keys, nil
}

// Text writes the keys as a trust file.
func (k Keys) Text() []byte {
	var b bytes.Buffer
	b.WriteString("# Keys whose signatures on plugins count: one minisign public key per line, then a comment.\n")
	for _, key := range k {
		fmt.Fprintln(&b, strings.TrimSpace(key.Public.String()+" "+printable(key.Comment)))
	}
	return b.Bytes()
}

// Find returns the key with an id, nil when there is none.
func (k Keys) Find(id string) *Key {
	for i := range k {
		if k[i].ID() == id {
			return &k[i]
		}
	}
	return nil
}

// Verify returns the key that signed the file. It fails for a signature that is none, with a ForeignKeyError for one by
// a key that is not among these, and with ErrTampered.
func (k Keys) Verify(file, signature []byte) (*Key, error) {
	var s minisign.Signature
	if err := s.UnmarshalText(signature); err != nil {
		return nil, fmt.Errorf("the signature can't be read: %w", err)
	}
	known := false
	for i := range k {
		if k[i].Public.ID() != s.KeyID {
			continue // ids are random, but nothing makes them unique
		}
		known = true
		if minisign.Verify(k[i].Public, file, signature) {
			return &k[i], nil
		}
	}
	if !known {
		return nil, &ForeignKeyError{keyID(s.KeyID)}
	}
	return nil, ErrTampered
}

// Sign returns the signature of a file, of which the trusted comment tells the name. The minisign tool takes it too.
func Sign(key minisign.PrivateKey, name string, file []byte) []byte {
	r := minisign.NewReader(bytes.NewReader(file))
	_, _ = io.Copy(io.Discard, r) // of memory
	trusted := fmt.Sprintf("timestamp:%d\tfile:%s\thashed", time.Now().Unix(), printable(name))
	return r.SignWithComments(key, trusted, "signature from minisign secret key "+keyID(key.ID()))
}
