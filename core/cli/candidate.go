package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/cli/fetch"
	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/plugins"
)

// candidate is a plugin file that somebody is to judge, and what is known of it.
type candidate struct {
	manifest *hostabi.Manifest
	sum      string // SHA-256 in hexadecimal
	fetched  *fetch.Plugin
	policy   trust.Policy
	asks     trust.Grants
	locked   *trust.Entry    // what was approved under its name, nil = nothing
	signer   *trust.Key      // the trusted key that signed it, nil = none
	unsure   error           // why the signature that it has does not count
	found    *app.Inspection // what came of trying it, nil while it was not
}

// examine looks at a plugin as the gateway would that has dir as its plugins folder. Nothing of the plugin runs.
func examine(p *fetch.Plugin, dir string) (*candidate, error) {
	m, err := pack.Manifest(p.Wasm)
	if err != nil {
		return nil, fmt.Errorf("not a plugin: %w", err)
	}
	c := &candidate{manifest: m, sum: trust.Sum(p.Wasm), fetched: p, policy: trust.For(dir, false, false), asks: trust.Asks(m)}
	lock, err := trust.ReadLock(c.policy.LockFile)
	if err != nil {
		return nil, err
	}
	c.locked = lock.Find(m.Name)
	keys, err := trust.ReadKeys(c.policy.TrustFile)
	if err != nil {
		return nil, err
	}
	if p.Signature != nil {
		c.signer, c.unsure = keys.Verify(p.Wasm, p.Signature)
	}
	return c, nil
}

// try loads the plugin and runs its cases, as the gateway would, from a folder of its own.
func (c *candidate) try(ctx context.Context, e Env) error {
	dir, err := os.MkdirTemp("", "sluice-plugin-")
	if err != nil {
		return fmt.Errorf("try plugin: %w", err)
	}
	defer os.RemoveAll(dir)
	file := modulePath(dir, c.manifest.Name)
	if err := os.WriteFile(file, c.fetched.Wasm, 0o600); err != nil {
		return fmt.Errorf("try plugin: %w", err)
	}
	log := slog.New(slog.NewTextHandler(e.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	c.found, err = app.Inspect(ctx, file, log)
	return err
}

// refusal is why it must not be approved, whoever wants it.
func (c *candidate) refusal() error {
	var foreign *trust.ForeignKeyError
	switch {
	case c.found.Unfit != nil:
		return fmt.Errorf("the gateway would refuse it: %w", c.found.Unfit)
	case c.found.Failed != nil:
		return fmt.Errorf("it fails its own cases: %w", c.found.Failed)
	case c.unsure != nil && !errors.As(c.unsure, &foreign):
		return c.unsure
	case c.locked != nil && c.locked.Signer != "" && c.signer == nil:
		return fmt.Errorf("version %s was signed with the key %s, and this is not signed with a key that you trust; if that is as it should be: sluice plugin remove %s, or sluice plugin trust PUBKEY",
			c.locked.Version, c.locked.Signer, c.manifest.Name)
	}
	return nil
}

// approved reports whether the lock has this very file, with all that it asks for.
func (c *candidate) approved() bool {
	return c.locked != nil && c.locked.SHA256 == c.sum && len(c.asks.Beyond(c.locked.Grants)) == 0
}

// show prints all that somebody needs to decide.
func (c *candidate) show(w io.Writer) {
	m := c.manifest
	line := func(title, text string) {
		if text != "" {
			fmt.Fprintf(w, "%-10s%s\n", title, printable(text))
		}
	}
	lines := func(title string, texts []string) {
		for i, text := range texts {
			if i > 0 {
				title = ""
			}
			line(title, text)
		}
	}
	line("name", m.Name)
	line("version", m.Version)
	line("kind", m.Kind)
	line("about", m.About)
	line("from", c.fetched.Source)
	line("size", fmt.Sprintf("%d bytes", len(c.fetched.Wasm)))
	line("sha256", c.sum)
	line("signature", c.signature())
	line("lock", c.lockState())
	line("bundled", c.replaces())
	lines("asks", c.asks.Words())
	lines("is new", c.news())
	line("settings", strings.Join(settings(m), ", "))
	line("limits", limits(m))
	line("fails", failing(m))
	line("cases", c.caseState())
	line("untried", c.found.Untried)
}

func (c *candidate) caseState() string {
	switch {
	case c.found.Unfit != nil:
		return ""
	case c.found.Failed != nil:
		return fmt.Sprintf("not all of %d pass", c.found.Cases)
	}
	return fmt.Sprintf("%d, all pass", c.found.Cases)
}

func (c *candidate) signature() string {
	switch {
	case c.signer != nil:
		return strings.TrimSpace("by the trusted key " + c.signer.ID() + " " + c.signer.Comment)
	case c.unsure != nil:
		return c.unsure.Error() + ": it does not count"
	}
	return "none"
}

func (c *candidate) lockState() string {
	file := filepath.Base(c.policy.LockFile)
	switch {
	case c.locked == nil:
		return "not in " + file
	case c.locked.SHA256 != c.sum:
		return fmt.Sprintf("%s approves another file, version %s (sha256 %.12s)", file, c.locked.Version, c.locked.SHA256)
	case !c.approved():
		return file + " approves the file, but not all that it asks for"
	}
	return file + " approves it"
}

func (c *candidate) replaces() string {
	if slices.Contains(plugins.Names(), c.manifest.Name) {
		return "it takes the place of the plugin that comes with Sluice"
	}
	return ""
}

// news is what it asks for beyond what was approved before.
func (c *candidate) news() []string {
	if c.locked == nil {
		return nil
	}
	return c.asks.Beyond(c.locked.Grants)
}

// settings lists the names that the manifest's schema has.
func settings(m *hostabi.Manifest) []string {
	properties, _ := m.Settings["properties"].(map[string]any)
	return slices.Sorted(maps.Keys(properties))
}

func limits(m *hostabi.Manifest) string {
	l := m.Limits
	text := fmt.Sprintf("%d MiB per instance, %d units of fuel per event and %d per byte", cmp.Or(l.Memory, 64),
		cmp.Or(l.Fuel, 500_000_000), cmp.Or(l.FuelByte, 20_000))
	if len(m.Needs.Upstreams) > 0 {
		text += fmt.Sprintf(", %d calls per request", cmp.Or(l.Calls, 16))
	}
	if m.Lookahead > 0 {
		text += fmt.Sprintf(", streams are held back by %d bytes", m.Lookahead)
	}
	if m.Isolation == "per_request" {
		text += ", an instance per request"
	}
	return text
}

// failing says what becomes of requests when the plugin can't run.
func failing(m *hostabi.Manifest) string {
	closed := m.Kind == "guard" || m.Kind == "auth"
	switch {
	case m.Kind == "provider":
		return ""
	case m.Fail == "closed" || m.Fail == "" && closed:
		return "closed: requests are refused while it can't run"
	}
	return "open: requests go on without it while it can't run"
}
