package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"aead.dev/minisign"

	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// makeKey writes a new pair of keys, as the minisign tool does.
func makeKey(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	file := set.String("key", "", "")
	if _, err := arguments(set, args, 0, 0); err != nil {
		return err
	}
	if *file == "" {
		return misuse{errors.New("--key FILE says where the key is to be written")}
	}
	password, err := e.newPassword(ctx)
	if err != nil {
		return err
	}
	public, private, err := minisign.GenerateKey(nil)
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	text, err := private.MarshalText()
	if password != "" {
		text, err = minisign.EncryptKey(password, private)
	}
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	open, _ := public.MarshalText()
	if err := writeNew(*file, append(text, '\n'), 0o600); err != nil {
		return err
	}
	if err := writeNew(*file+".pub", append(open, '\n'), 0o644); err != nil {
		return errors.Join(err, os.Remove(*file))
	}
	fmt.Fprintf(e.Stdout, "%s: keep it secret\n%s.pub: whoever trusts the key runs: sluice plugin trust %s\n", *file, *file, public)
	return nil
}

// newPassword asks twice. Without anybody to ask, the key has no password.
func (e Env) newPassword(ctx context.Context) (string, error) {
	password, err := e.askSecretly(ctx, "Password of the key (none: press return): ")
	if err == io.EOF || err == nil && password == "" {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	again, err := e.askSecretly(ctx, "The same again: ")
	if err != nil {
		return "", fmt.Errorf("read the password: %w", err)
	}
	if again != password {
		return "", errors.New("the two passwords differ")
	}
	return password, nil
}

// writeNew never replaces a file: it may be a key that nobody has a copy of.
func writeNew(file string, content []byte, mode os.FileMode) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Close())
}

func signPlugin(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	keyFile := set.String("key", "", "")
	rest, err := arguments(set, args, 1, 1)
	if err != nil {
		return err
	}
	if *keyFile == "" {
		return misuse{errors.New("--key KEYFILE says what to sign with; sluice plugin keygen makes one")}
	}
	wasm, err := os.ReadFile(rest[0])
	if err != nil {
		return fmt.Errorf("sign: %w", err)
	}
	m, err := pack.Manifest(wasm)
	if err != nil {
		return fmt.Errorf("sign %s: not a plugin: %w", rest[0], err)
	}
	key, err := e.privateKey(ctx, *keyFile)
	if err != nil {
		return err
	}
	signature := trust.Sign(key, filepath.Base(rest[0]), wasm)
	if err := trust.WriteFile(rest[0]+trust.SignatureSuffix, signature, 0o644); err != nil {
		return err
	}
	fmt.Fprintf(e.Stdout, "%s%s: %s %s, signed with the key %016X\n", rest[0], trust.SignatureSuffix, m.Name, m.Version, key.ID())
	return nil
}

// privateKey reads a key and asks for its password if it has one.
func (e Env) privateKey(ctx context.Context, file string) (key minisign.PrivateKey, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return key, fmt.Errorf("read key: %w", err)
	}
	if !minisign.IsEncrypted(text) {
		if err := key.UnmarshalText(text); err != nil {
			return key, fmt.Errorf("read key %s: not a minisign secret key", file)
		}
		return key, nil
	}
	password, err := e.askSecretly(ctx, "Password of the key: ")
	if err != nil {
		return key, fmt.Errorf("the key %s has a password: %w", file, err)
	}
	if key, err = minisign.DecryptKey(password, text); err != nil {
		return key, fmt.Errorf("read key %s: the password is wrong, or it is not a minisign secret key", file)
	}
	return key, nil
}

// trustKey adds a public key, given as text or as its file, to those of a plugins folder.
func trustKey(_ context.Context, e Env, args []string) error {
	set := newFlags()
	dir, comment := pluginsFlag(set, e), set.String("comment", "", "")
	rest, err := arguments(set, args, 1, 1)
	if err != nil {
		return err
	}
	news, err := publicKeys(rest[0])
	if err != nil {
		return err
	}
	file := trust.For(*dir, false, false).TrustFile
	keys, err := trust.ReadKeys(file)
	if err != nil {
		return err
	}
	for _, k := range news {
		if *comment != "" {
			k.Comment = *comment
		}
		same := func(known trust.Key) bool { return known.Public.Equal(k.Public) }
		keys = append(slices.DeleteFunc(keys, same), k)
		fmt.Fprintf(e.Stdout, "%s: plugins signed with the key %s are trusted\n", file, k.ID())
	}
	return trust.WriteFile(file, keys.Text(), 0o644)
}

func publicKeys(text string) (trust.Keys, error) {
	if keys, err := trust.ParseKeys("", []byte(text)); err == nil && len(keys) == 1 {
		return keys, nil
	}
	if _, err := os.Stat(text); err != nil {
		return nil, fmt.Errorf("%q is neither a minisign public key nor a file with one", strings.TrimSpace(text))
	}
	keys, err := trust.ReadKeys(text)
	if err == nil && len(keys) == 0 {
		err = fmt.Errorf("%s has no key in it", text)
	}
	return keys, err
}
