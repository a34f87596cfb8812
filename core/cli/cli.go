// Package cli is the command line: it reads flags and subcommands and runs what they ask for.
package cli

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/sluice-gateway/sluice/core"
)

// Env is the world that a command runs in.
type Env struct {
	Args   []string
	Stdout io.Writer
	Stderr io.Writer
	Getenv func(string) (string, bool)
	Stdin  io.Reader // answers to questions; nil gives none
}

// Process returns the environment of this process.
func Process() Env {
	return Env{os.Args[1:], os.Stdout, os.Stderr, os.LookupEnv, os.Stdin}
}

const usage = `Sluice, an LLM gateway.

  sluice [flags]                serve (--config FILE, --port 4000, --host 0.0.0.0, --plugins DIR, --data DIR, …)
  sluice check FILE             check a configuration and show what it comes to
  sluice plugin COMMAND         write, try, approve and watch plugins; sluice plugin lists the commands
  sluice version

Flags are those of the litellm command; sluice --help lists them.
`

// Run runs a command and returns the exit code of the process: 0 = fine, 1 = failed, 2 = called wrongly.
func Run(ctx context.Context, e Env) int {
	if len(e.Args) == 0 {
		return serve(ctx, e)
	}
	switch e.Args[0] {
	case "check":
		return check(e)
	case "plugin":
		return plugin(ctx, e)
	case "version", "--version", "-v":
		fmt.Fprintf(e.Stdout, "sluice %s (compatible with LiteLLM %s)\n", core.Version, core.CompatibleWith)
		return 0
	case "help", "--help", "-h":
		fmt.Fprint(e.Stdout, usage+"\n"+flagHelp())
		return 0
	}
	return serve(ctx, e)
}
