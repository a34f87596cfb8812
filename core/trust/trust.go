// Package trust decides which plugin files may be loaded: those that the lock approves and that a trusted key signed.
package trust

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Policy is what a plugins folder demands of its files. The zero value demands nothing.
type Policy struct {
	Lock, Signatures    bool
	LockFile, TrustFile string
}

// For returns the policy of a plugins folder with its files in their usual places: DIR.lock and DIR.trust beside it.
func For(dir string, lock, signatures bool) Policy {
	base := filepath.Clean(dir)
	if b := filepath.Base(base); b == "." || b == ".." {
		if abs, err := filepath.Abs(base); err == nil {
			base = abs
		}
	}
	return Policy{lock, signatures, base + ".lock", base + ".trust"}
}

// SignatureSuffix makes the name of a signature of that of the signed file.
const SignatureSuffix = ".minisig"

// maxSignature is more than any signature has, comments included.
const maxSignature = 16 << 10

// ReadSignature reads the signature beside a module, nil when there is none.
func ReadSignature(module string) ([]byte, error) {
	f, err := os.Open(module + SignatureSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read signature: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSignature))
	if err != nil {
		return nil, fmt.Errorf("read signature: %w", err)
	}
	return text, nil
}

// Verify refuses a module of the plugins folder that the policy does not let in, and says what would. signature is what
// lies beside it, nil for nothing. It is not meant for bundled plugins: they are as trusted as the binary.
func (p Policy) Verify(name string, wasm, signature []byte, m *hostabi.Manifest) error {
	if p.Signatures {
		if err := p.verifySignature(name, wasm, signature); err != nil {
			return err
		}
	}
	if p.Lock {
		return p.verifyLock(name, Sum(wasm), m)
	}
	return nil
}

// Sum is a module's SHA-256 in hexadecimal.
func Sum(wasm []byte) string {
	sum := sha256.Sum256(wasm)
	return hex.EncodeToString(sum[:])
}

// Granted returns what the lock grants to the module with that sum; nothing when the lock does not know it. It does not
// depend on whether the lock is required.
func (p Policy) Granted(name, sum string) (Grants, error) {
	l, err := ReadLock(p.LockFile)
	if err != nil {
		return Grants{}, err
	}
	if e := l.Find(name); e != nil && e.SHA256 == sum {
		return e.Grants, nil
	}
	return Grants{}, nil
}

func (p Policy) verifyLock(name, sum string, m *hostabi.Manifest) error {
	l, err := ReadLock(p.LockFile)
	if err != nil {
		return err
	}
	file := filepath.Base(p.LockFile)
	approve := "to approve it: sluice plugin add " + p.module(name) + " --plugins " + p.dir()
	e := l.Find(name)
	if e == nil {
		return fmt.Errorf("plugin %s is not in %s; %s", name, file, approve)
	}
	more := Asks(m).Beyond(e.Grants)
	asks := ""
	if len(more) > 0 {
		asks = " and asks for more: " + strings.Join(more, "; ")
	}
	if e.SHA256 != sum {
		return fmt.Errorf("plugin %s is another file than %s approves: version %s (sha256 %.12s) in place of %s (%.12s)%s; %s",
			name, file, m.Version, sum, e.Version, e.SHA256, asks, approve)
	}
	if asks != "" {
		return fmt.Errorf("plugin %s asks for more than %s grants: %s; %s", name, file, strings.Join(more, "; "), approve)
	}
	return nil
}

func (p Policy) dir() string { return strings.TrimSuffix(p.LockFile, ".lock") }

func (p Policy) module(name string) string { return filepath.Join(p.dir(), name+".wasm") }

func (p Policy) verifySignature(name string, wasm, signature []byte) error {
	keys, err := ReadKeys(p.TrustFile)
	if err != nil {
		return err
	}
	file := name + ".wasm"
	if len(bytes.TrimSpace(signature)) == 0 {
		return fmt.Errorf("plugin %s is not signed: signatures are required and there is no %s; to sign it: sluice plugin sign %s --key KEYFILE",
			name, file+SignatureSuffix, p.module(name))
	}
	if _, err := keys.Verify(wasm, signature); err != nil {
		var foreign *ForeignKeyError
		if errors.As(err, &foreign) {
			return fmt.Errorf("plugin %s: %w, which is not in %s; to trust it: sluice plugin trust PUBKEY --plugins %s",
				name, err, filepath.Base(p.TrustFile), p.dir())
		}
		return fmt.Errorf("plugin %s: %w", name, err)
	}
	return nil
}
