package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/sluice-gateway/sluice/core/cli/fetch"
	"github.com/sluice-gateway/sluice/core/trust"
)

// addPlugin fetches a plugin, shows what it asks for, and with somebody's approval puts it into the plugins folder.
func addPlugin(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	dir, yes := pluginsFlag(set, e), set.Bool("yes", false, "")
	rest, err := arguments(set, args, 1, 1)
	if err != nil {
		return err
	}
	fetched, err := fetch.Get(ctx, rest[0])
	if err != nil {
		return err
	}
	c, err := examine(fetched, *dir)
	if err != nil {
		return fmt.Errorf("%s: %w", fetched.Source, err)
	}
	if err := c.try(ctx, e); err != nil {
		return err
	}
	c.show(e.Stdout)
	if err := c.refusal(); err != nil {
		return err
	}
	if !c.approved() && !*yes && !e.agrees(ctx, "Approve it?") {
		return errors.New("not approved: nothing was changed")
	}
	if err := c.install(*dir); err != nil {
		return err
	}
	fmt.Fprintf(e.Stdout, "added %s %s to %s\n", c.manifest.Name, c.manifest.Version, *dir)
	return nil
}

// install writes the signature and the lock before the module: a gateway that sees the module finds it approved.
func (c *candidate) install(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("add plugin: %w", err)
	}
	file := modulePath(dir, c.manifest.Name)
	if err := replace(file+trust.SignatureSuffix, c.fetched.Signature); err != nil {
		return fmt.Errorf("add plugin: %w", err)
	}
	lock, err := trust.ReadLock(c.policy.LockFile)
	if err != nil {
		return err
	}
	lock.Put(c.entry())
	if err := lock.Write(c.policy.LockFile); err != nil {
		return err
	}
	if err := replace(file, c.fetched.Wasm); err != nil {
		return fmt.Errorf("add plugin: %w", err)
	}
	return nil
}

func (c *candidate) entry() trust.Entry {
	m := c.manifest
	entry := trust.Entry{Name: m.Name, Version: m.Version, SHA256: c.sum, Source: c.fetched.Source, Grants: c.asks}
	if c.approved() {
		entry.Source = c.locked.Source // fetched again, from a copy maybe
	}
	if c.signer != nil {
		entry.Signer = c.signer.ID()
	}
	return entry
}

// replace writes a file unless it is so already; without content there is none.
func replace(file string, content []byte) error {
	before, err := os.ReadFile(file)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return err
	case content == nil && err == nil:
		return os.Remove(file)
	case content == nil, err == nil && bytes.Equal(before, content):
		return nil
	}
	return trust.WriteFile(file, content, 0o644)
}

func modulePath(dir, name string) string { return filepath.Join(dir, name+".wasm") }

// removePlugin takes the module away first: a gateway that requires the lock must not find it unapproved.
func removePlugin(_ context.Context, e Env, args []string) error {
	set := newFlags()
	dir := pluginsFlag(set, e)
	rest, err := arguments(set, args, 1, 1)
	if err != nil {
		return err
	}
	name := rest[0]
	if strings.ContainsAny(name, `/\`) {
		return misuse{fmt.Errorf("%q is not a plugin's name", name)}
	}
	lockFile := trust.For(*dir, false, false).LockFile
	lock, err := trust.ReadLock(lockFile)
	if err != nil {
		return err
	}
	file := modulePath(*dir, name)
	err = os.Remove(file)
	gone := errors.Is(err, fs.ErrNotExist)
	switch {
	case err != nil && !gone:
		return fmt.Errorf("remove plugin: %w", err)
	case gone && lock.Find(name) == nil:
		return fmt.Errorf("there is no plugin %s in %s and none in %s", name, *dir, filepath.Base(lockFile))
	}
	if err := replace(file+trust.SignatureSuffix, nil); err != nil {
		return fmt.Errorf("remove plugin: %w", err)
	}
	if lock.Find(name) != nil {
		lock.Remove(name)
		if err := lock.Write(lockFile); err != nil {
			return err
		}
	}
	fmt.Fprintf(e.Stdout, "removed %s from %s\n", name, *dir)
	return nil
}
