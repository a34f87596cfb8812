package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/valyala/fasthttp"
)

// readyWithin bounds the wait for Sluice's first answer.
const readyWithin = 120 * time.Second

const sluiceConfig = `model_list:
  - model_name: "openai/*"
    litellm_params:
      model: "openai/*"
      api_base: "http://%[1]s/v1"
      api_key: "x"
  - model_name: "anthropic/*"
    litellm_params:
      model: "anthropic/*"
      api_base: "http://%[1]s"
      api_key: "x"
`

// startSluice starts the gateway with a configuration and waits until it is alive.
func startSluice(ctx context.Context, dir, binary, configuration string, args ...string) (*child, error) {
	folder, err := os.MkdirTemp(dir, "config-")
	if err != nil {
		return nil, err
	}
	config := filepath.Join(folder, "config.yaml")
	if err := os.WriteFile(config, []byte(configuration), 0o600); err != nil {
		return nil, fmt.Errorf("writing the config of sluice: %w", err)
	}
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	// Each keeps what it keeps in a folder of its own, but for the compiled plugins.
	args = append([]string{binary, "--config", config, "--host", host, "--port", port,
		"--data", filepath.Join(folder, "data"), "--cache", filepath.Join(dir, "cache")}, args...)
	cmd, err := command(ctx, dir, "sluice", args...)
	if err != nil {
		return nil, err
	}
	c, err := startChild("sluice", cmd)
	if err != nil {
		return nil, err
	}
	go c.reap()
	c.addr = addr
	if err := c.awaitAlive(ctx); err != nil {
		c.stop()
		return nil, fmt.Errorf("%w\n%s", err, c.logTail())
	}
	return c, nil
}

// freeAddr returns a loopback address that nothing listened on a moment ago.
func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("finding a free port: %w", err)
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}

func (c *child) awaitAlive(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readyWithin)
	defer cancel()
	poll := time.NewTicker(5 * time.Millisecond)
	defer poll.Stop()
	for {
		status, _, err := fasthttp.GetTimeout(nil, "http://"+c.addr+"/health/liveliness", time.Second)
		if err == nil && status == fasthttp.StatusOK {
			return nil
		}
		select {
		case <-poll.C:
		case <-c.exited:
			return fmt.Errorf("%s ended before it answered", c.name)
		case <-ctx.Done():
			return fmt.Errorf("%s is not alive: %w", c.name, ctx.Err())
		}
	}
}
