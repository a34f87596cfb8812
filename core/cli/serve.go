package cli

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/app"
)

// drainFor is how long requests under way may take to end after a signal to stop.
const drainFor = 30 * time.Second

func serve(ctx context.Context, e Env) int {
	f, err := parseFlags(e.Args, e.Getenv, e.Stderr)
	if err != nil {
		fmt.Fprintln(e.Stderr, "sluice:", err)
		return 2
	}
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, e, f); err != nil {
		report(e.Stderr, err)
		return 1
	}
	return 0
}

// report prints an error; those of the configuration have a line each already.
func report(w io.Writer, err error) {
	var findings *config.Errors
	if errors.As(err, &findings) {
		fmt.Fprintln(w, findings.Error())
		return
	}
	fmt.Fprintln(w, "sluice:", err)
}

func run(ctx context.Context, e Env, f flags) error {
	o, err := options(e, f)
	if err != nil {
		return err
	}
	a, err := app.New(ctx, o)
	if err != nil {
		return err
	}
	defer a.Close(context.WithoutCancel(ctx))
	if f.on("health") {
		return a.WriteHealth(e.Stdout)
	}
	cert, err := certificate(f)
	if err != nil {
		return err
	}
	l, err := listen(f)
	if err != nil {
		return err
	}
	announce(e.Stdout, a, f, l)
	go reloadOnSignal(ctx, a)
	go a.Watch(ctx)
	return a.Serve(ctx, l, cert, drainFor)
}

// announce prints the line that users of the LiteLLM proxy look for.
func announce(w io.Writer, a *app.App, f flags, l net.Listener) {
	fmt.Fprintln(w, "LiteLLM: Proxy initialized with Config, Set models:")
	for _, m := range a.Models() {
		fmt.Fprintln(w, "    "+m)
	}
	scheme := "http"
	if f["ssl_certfile_path"] != "" {
		scheme = "https"
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	fmt.Fprintf(w, "Sluice running on %s://%s (Press CTRL+C to quit)\n", scheme, net.JoinHostPort(f.host(), port))
}

// host is the address to listen on.
func (f flags) host() string { return strings.Trim(cmp.Or(f["host"], "0.0.0.0"), "[]") }

func options(e Env, f flags) (app.Options, error) {
	path, err := config.Locate(f["config"], e.Getenv)
	if err != nil {
		return app.Options{}, err
	}
	o := app.Options{
		Load:      loader(path, f, e),
		PluginDir: cmp.Or(f["plugins"], filepath.Join(filepath.Dir(path), "plugins")),
		Getenv:    e.Getenv,
		Verbose:   f.on("debug") || f.on("detailed_debug"),
		Log:       logger(e, f),
	}
	if path == "" {
		o.PluginDir = f["plugins"]
	}
	if f["model"] != "" {
		o.UserModel = cmp.Or(f["alias"], f["model"])
	}
	data := f["data"]
	if data == "" {
		if data, err = os.UserCacheDir(); err != nil {
			data = os.TempDir()
		}
		data = filepath.Join(data, "sluice")
	}
	o.CacheDir = filepath.Join(data, "compiled")
	return o, nil
}

func loader(path string, f flags, e Env) func() (*config.Config, error) {
	o := config.Options{Getenv: e.Getenv}
	switch {
	case f["model"] != "":
		return func() (*config.Config, error) { return config.Parse("command line", modelConfig(f), o) }
	case path == "":
		return func() (*config.Config, error) { return config.Parse("built-in demo", demoConfig, o) }
	}
	return func() (*config.Config, error) { return config.Load(path, o) }
}

func logger(e Env, f flags) *slog.Logger {
	level := slog.LevelInfo
	name, _ := e.Getenv("LITELLM_LOG")
	if err := level.UnmarshalText([]byte(name)); name != "" && err != nil {
		level = slog.LevelInfo
	}
	if f.on("detailed_debug") || f.on("debug") {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	if f.on("json_logs") {
		return slog.New(slog.NewJSONHandler(e.Stderr, o))
	}
	return slog.New(slog.NewTextHandler(e.Stderr, o))
}

func listen(f flags) (net.Listener, error) {
	l, err := net.Listen("tcp", net.JoinHostPort(f.host(), cmp.Or(f["port"], "4000")))
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	return l, nil
}

func reloadOnSignal(ctx context.Context, a *app.App) {
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			_ = a.Reload(ctx) // logs what is wrong
		}
	}
}

// certificate reads the TLS files, nil when there are none.
func certificate(f flags) (*tls.Config, error) {
	cert, key := f["ssl_certfile_path"], f["ssl_keyfile_path"]
	if cert == "" && key == "" {
		return nil, nil
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("read the TLS certificate: %w", err)
	}
	return &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}
