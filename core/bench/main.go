// Command bench measures, in one run on loopback, what Sluice costs beside a bare fasthttp proxy and its mock upstream.
//
// Without a role it is the runner. It starts the roles mock, bare and load as processes of their own, so that the
// kernel accounts CPU and memory to each of them apart.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := dispatch(ctx, os.Args[1:])
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func dispatch(ctx context.Context, args []string) error {
	switch {
	case len(args) == 1 && args[0] == "mock":
		return serveUntilTold(ctx, serveMock)
	case len(args) == 2 && args[0] == "bare":
		return bareMain(ctx, args[1])
	case len(args) == 2 && args[0] == "load":
		return loadMain(ctx, args[1])
	}
	return runnerMain(ctx, args)
}
