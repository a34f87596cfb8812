package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
)

// requireLoopback refuses every address that could reach another machine, names included.
func requireLoopback(hostPort string) error {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return fmt.Errorf("address %q: %w", hostPort, err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("address %q is not a loopback address", hostPort)
	}
	return nil
}

// serveUntilTold listens on a free port, prints its address and serves until ctx ends or standard input closes, so
// that no server outlives a runner that was killed.
func serveUntilTold(ctx context.Context, serve func(net.Listener) error) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("listening: %w", err)
	}
	defer ln.Close()
	fmt.Println(ln.Addr())

	ended := make(chan error, 2)
	go func() { ended <- serve(ln) }()
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
		return nil
	}
}
