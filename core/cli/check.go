package cli

import (
	"fmt"

	"github.com/sluice-gateway/sluice/config"
)

// check prints the effective deployments of a configuration and every finding; the exit code tells whether it is good.
func check(e Env) int {
	if len(e.Args) != 2 {
		fmt.Fprint(e.Stderr, "usage: sluice check FILE\n")
		return 2
	}
	c, err := config.Load(e.Args[1], config.Options{Getenv: e.Getenv})
	c.WriteReport(e.Stdout)
	if err != nil {
		return 1
	}
	return 0
}
