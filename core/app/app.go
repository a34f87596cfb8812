// Package app wires the gateway together: it makes every part from a configuration, swaps configurations while requests
// run, and stops in good order.
package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/admin"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/metrics"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/server"
	"github.com/sluice-gateway/sluice/core/trust"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// Options are what a start depends on besides the configuration.
type Options struct {
	// Load reads the configuration; it is called again for each reload.
	Load func() (*config.Config, error)
	// UserModel is the model of --model: it overrides what requests ask for.
	UserModel string
	// PluginDir holds .wasm files that add to the bundled plugins or take their place. It need not exist.
	PluginDir string
	// CacheDir keeps compiled plugins between starts; "" keeps none.
	CacheDir string
	// DataDir keeps keys, teams and spend, unless the configuration names a database, and what is on the way there. "" keeps
	// nothing: there is only the master key.
	DataDir string
	// Getenv looks up an environment variable.
	Getenv func(string) (string, bool)
	// Verbose logs every request.
	Verbose bool
	Log     *slog.Logger
}

// gcPercent trades CPU for memory unless GOGC is set: a request allocates so little that collecting twice as often is not
// seen, while a thousand idle streams take a third less.
const gcPercent = 50

// App is a running gateway.
type App struct {
	opts     Options
	client   *upstream.Client
	clients  *guest.Clients // for plugins
	runtime  *host.Runtime
	plugins  *library
	pipeline *pipeline.Pipeline
	metrics  *metrics.Metrics
	api      *endpoint.API
	server   *server.Server
	books    *books // nil without a DataDir
	managed  atomic.Pointer[admin.Settings]

	reload sync.Mutex
	config *config.Config
	files  []string // of the configuration
}

// New makes a gateway that is ready to serve. Its error is the configuration's, or says what could not be started.
func New(ctx context.Context, o Options) (*App, error) {
	c, err := o.Load()
	if err != nil {
		return nil, err
	}
	a := &App{opts: o, client: upstream.New(upstream.Options{}), metrics: metrics.New(0)}
	if o.DataDir != "" {
		if a.books, err = openBooks(ctx, &o, c); err != nil {
			return nil, err
		}
	}
	if a.runtime, err = host.New(ctx, host.Options{CacheDir: o.CacheDir, Log: a.pluginLog}); err != nil {
		return nil, errors.Join(fmt.Errorf("start the plugin host: %w", err), a.closeBooks())
	}
	a.plugins, a.clients = newLibrary(a.runtime, o.Log), guest.NewClients(a.client)
	a.pipeline = pipeline.New(a.client)
	if err := a.begin(c); err != nil {
		return nil, errors.Join(err, a.runtime.Close(ctx), a.closeBooks())
	}
	if _, set := o.Getenv("GOGC"); !set {
		debug.SetGCPercent(gcPercent)
	}
	debug.FreeOSMemory() // compiling leaves a heap behind that serving never needs
	a.metrics.Sources = a.metricSources()
	a.api = &endpoint.API{Pipeline: a.pipeline, Plugins: a.status, Metrics: a.metrics, Log: o.Log, Verbose: o.Verbose}
	a.server = server.New(a.api, server.Options{Log: o.Log, Routes: a.management(), MaxRequest: func() core.SizeLimit { return a.pipeline.State().MaxRequest }})
	return a, nil
}

func (a *App) policy(c *config.Config) trust.Policy {
	const required = "required"
	if a.opts.PluginDir == "" {
		return trust.Policy{}
	}
	return trust.For(a.opts.PluginDir, c.PluginPolicy.Lock == required, c.PluginPolicy.Signatures == required)
}

func (a *App) planner(c *config.Config) *planner {
	return &planner{getenv: a.environment(c), clients: a.clients, policy: a.policy(c)}
}

// adopt puts a state in force and logs what there is to say of its configuration.
func (a *App) adopt(c *config.Config, p *plan, s *pipeline.State) {
	again := a.config == c
	a.config, a.files = c, c.Files
	a.manage(c)
	a.metrics.Apply(metricSettings(c))
	a.pipeline.Swap(s)
	if again {
		return
	}
	for _, f := range slices.Concat(c.Findings, p.findings) {
		level := slog.LevelWarn
		if f.Level == config.Notice {
			level = slog.LevelInfo
		}
		a.opts.Log.Log(context.Background(), level, f.String())
	}
}

func (a *App) pluginLog(plugin string, level int, message string) {
	a.opts.Log.Log(context.Background(), slog.Level(level), message, "plugin", plugin)
}

// Models lists the model names in the order of the configuration, each once.
func (a *App) Models() []string {
	var names []string
	for _, g := range a.pipeline.State().Table.Groups() {
		names = append(names, g.Name)
	}
	return names
}

// Serve accepts clients until ctx ends, then waits for those under way, at most for patience.
func (a *App) Serve(ctx context.Context, l net.Listener, certificate *tls.Config, patience time.Duration) error {
	failed := make(chan error, 1)
	go func() { failed <- a.server.Serve(l, certificate) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	a.opts.Log.Info("stopping: waiting for the requests under way", "at_most", patience.String())
	err := a.server.Shutdown(patience)
	a.client.Close()
	return err
}

// Close frees the plugins. Nothing may be served any more.
func (a *App) Close(ctx context.Context) error {
	a.client.Close()
	a.clients.Close()
	a.pipeline.State().Observers.Close(observersPatience)
	a.plugins.close()
	return errors.Join(a.runtime.Close(ctx), a.closeBooks())
}

func (a *App) closeBooks() error {
	if a.books == nil {
		return nil
	}
	return a.books.close()
}

// WriteHealth calls every deployment once and writes which answer, as GET /health does.
func (a *App) WriteHealth(w io.Writer) error { return a.api.WriteHealth(w) }
