package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/sluice-gateway/sluice/core/cli/scaffold"
)

func newPlugin(_ context.Context, e Env, args []string) error {
	set := newFlags()
	dir := set.String("dir", "", "")
	rest, err := arguments(set, args, 2, 2)
	if err != nil {
		return err
	}
	kind, name := rest[0], rest[1]
	folder := cmp.Or(*dir, name)
	if err := scaffold.New(kind, name, folder); err != nil {
		return err
	}
	fmt.Fprintf(e.Stdout, "%s: an example of kind %s that works already. Try it: sluice plugin test %[1]s\n", folder, kind)
	return nil
}
