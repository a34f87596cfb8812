package cli

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"
)

// pluginCommand is one of the subcommands of sluice plugin.
type pluginCommand struct {
	name, args, about string
	run               func(ctx context.Context, e Env, args []string) error
}

var pluginCommands = []pluginCommand{
	{"new", "KIND NAME [--dir DIR]", "write the folder of a new guard, provider, observer, router or auth plugin", newPlugin},
	{"build", "DIR [FILE] [--module MODULE.wasm]", "build a plugin's folder, or another compiler's module, into one .wasm file", buildPlugin},
	{"test", "DIR", "run a plugin's tests, build it, and run its cases in wasm", testPlugin},
	{"dev", "DIR [--plugins DIR] [--sample FILE|TEXT]", "do so at each change, and swap it into a running gateway", developPlugin},
	{"inspect", "FILE [--plugins DIR]", "show what a .wasm file asks for, and whether it would be loaded", inspectPlugin},
	{"add", "FILE|URL|oci://HOST/REPOSITORY:TAG [--plugins DIR] [--yes]", "fetch a plugin, show what it asks for, approve it", addPlugin},
	{"remove", "NAME [--plugins DIR]", "take a plugin out of the folder and the lock", removePlugin},
	{"keygen", "--key FILE", "make a key to sign with; FILE.pub is for those who trust it", makeKey},
	{"sign", "FILE --key KEYFILE", "sign a plugin: writes FILE.minisig", signPlugin},
	{"trust", "PUBKEY|FILE [--comment TEXT] [--plugins DIR]", "trust the plugins that a key has signed", trustKey},
	{"list", "[--plugins DIR | --url URL --key KEY]", "show the plugins of a folder, or of a running gateway", listPlugins},
	{"top", "[--url URL] [--key KEY] [--once]", "watch what the plugins of a running gateway use", topPlugins},
	{"bundle", "DIR", "write the bundled plugins to a folder", bundlePlugins},
}

// misuse is an error of who called a command, not of what the command did.
type misuse struct{ error }

func plugin(ctx context.Context, e Env) int {
	c := findPluginCommand(e.Args[1:])
	if c == nil {
		fmt.Fprint(e.Stderr, pluginUsage())
		return 2
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := c.run(ctx, e, e.Args[2:])
	if err == nil {
		return 0
	}
	fmt.Fprintln(e.Stderr, "sluice:", err)
	if errors.As(err, &misuse{}) {
		fmt.Fprintf(e.Stderr, "usage: sluice plugin %s %s\n", c.name, c.args)
		return 2
	}
	return 1
}

func findPluginCommand(args []string) *pluginCommand {
	for i := range pluginCommands {
		if len(args) > 0 && pluginCommands[i].name == args[0] {
			return &pluginCommands[i]
		}
	}
	return nil
}

func pluginUsage() string {
	var b strings.Builder
	for _, c := range pluginCommands {
		fmt.Fprintf(&b, "  sluice plugin %s %s\n        %s\n", c.name, c.args, c.about)
	}
	return b.String()
}

// arguments parses flags, which may stand anywhere, and returns the other arguments: least to most of them.
func arguments(set *flag.FlagSet, args []string, least, most int) ([]string, error) {
	set.SetOutput(io.Discard)
	var rest []string
	for {
		if err := set.Parse(args); err != nil {
			return nil, misuse{err}
		}
		if set.NArg() == 0 {
			break
		}
		rest, args = append(rest, set.Arg(0)), set.Args()[1:]
	}
	if len(rest) < least || len(rest) > most {
		return nil, misuse{fmt.Errorf("%d arguments in place of %s", len(rest), count(least, most))}
	}
	return rest, nil
}

func count(least, most int) string {
	if least == most {
		return fmt.Sprint(least)
	}
	return fmt.Sprintf("%d to %d", least, most)
}

func newFlags() *flag.FlagSet { return flag.NewFlagSet("plugin", flag.ContinueOnError) }

// pluginsFlag is the folder that serve takes too.
func pluginsFlag(set *flag.FlagSet, e Env) *string {
	dir, _ := e.Getenv("SLUICE_PLUGINS")
	return set.String("plugins", cmp.Or(dir, "plugins"), "")
}

// printable replaces what would control a terminal: manifests are strangers' texts.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}
