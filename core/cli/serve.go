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
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	announce(e.Stdout, a, f, l)
	go reloadOnSignal(ctx, a, hup)
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
	load := loader(path, f, e)
	first, err := load()
	if err != nil {
		return app.Options{}, err
	}
	verbose := f.on("debug") || f.on("detailed_debug") || first.LiteLLM.SetVerbose || first.Router.SetVerbose
	o := app.Options{
		Load:      startingWith(first, load),
		PluginDir: cmp.Or(f["plugins"], filepath.Join(filepath.Dir(path), "plugins")),
		CacheDir:  cacheDir(f),
		DataDir:   dataDir(f),
		Getenv:    e.Getenv,
		Verbose:   verbose,
		Log:       logger(e, verbose, f.on("json_logs") || first.LiteLLM.JSONLogs),
	}
	if path == "" {
		o.PluginDir = f["plugins"]
	}
	if f["model"] != "" {
		o.UserModel = cmp.Or(f["alias"], f["model"])
	}
	return o, nil
}

// dataDir is the folder for what must not be lost.
func dataDir(f flags) string {
	if f["data"] != "" {
		return f["data"]
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "share", "sluice")
	}
	return "sluice-data"
}

// cacheDir is the folder for compiled plugins.
func cacheDir(f flags) string {
	switch {
	case f["cache"] != "":
		return f["cache"]
	case f["data"] != "":
		return filepath.Join(f["data"], "compiled")
	}
	user, err := os.UserCacheDir()
	if err != nil {
		user = os.TempDir()
	}
	return filepath.Join(user, "sluice", "compiled")
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

// startingWith spares the first load: the log's settings were needed before.
func startingWith(first *config.Config, load func() (*config.Config, error)) func() (*config.Config, error) {
	return func() (*config.Config, error) {
		if c := first; c != nil {
			first = nil
			return c, nil
		}
		return load()
	}
}

func logger(e Env, verbose, asJSON bool) *slog.Logger {
	level := slog.LevelInfo
	if name, ok := e.Getenv("LITELLM_LOG"); ok && level.UnmarshalText([]byte(name)) != nil {
		level = slog.LevelInfo
	}
	if verbose {
		level = slog.LevelDebug
	}
	o := &slog.HandlerOptions{Level: level}
	if asJSON {
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

// reloadOnSignal reads the configuration again at each signal, until ctx ends.
func reloadOnSignal(ctx context.Context, a *app.App, hup <-chan os.Signal) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-hup:
			_ = a.Reload() // logs what is wrong
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
