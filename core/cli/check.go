package cli

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/app"
)

// check prints the effective deployments of a configuration and every finding; the exit code tells whether it is good.
func check(e Env) int {
	if len(e.Args) != 2 {
		fmt.Fprint(e.Stderr, "usage: sluice check FILE\n")
		return 2
	}
	path := e.Args[1]
	c, err := config.Load(path, config.Options{Getenv: e.Getenv})
	more, pluginErr := app.Check(c, filepath.Join(filepath.Dir(path), "plugins"), e.Getenv)
	shown := *c
	shown.Findings = append(slices.Clone(c.Findings), more...)
	if err := errors.Join(shown.WriteReport(e.Stdout), pluginErr); err != nil {
		fmt.Fprintln(e.Stderr, "sluice:", err)
		return 1
	}
	if err != nil || slices.ContainsFunc(more, func(f config.Finding) bool { return f.Level == config.Error }) {
		return 1
	}
	return 0
}
