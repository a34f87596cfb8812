// Sluice is an LLM gateway: a drop-in for the LiteLLM proxy whose providers and guardrails are sandboxed WebAssembly
// plugins.
package main

import (
	"context"
	"os"

	"github.com/sluice-gateway/sluice/core/cli"
)

func main() {
	os.Exit(cli.Run(context.Background(), cli.Process()))
}
