package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core/cli/fetch"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/core/trust"
)

// listPlugins shows those of a folder when one is named, else those of a running gateway.
func listPlugins(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	dir, at := set.String("plugins", "", ""), gatewayFlags(set)
	if _, err := arguments(set, args, 0, 0); err != nil {
		return err
	}
	if *dir != "" {
		return e.listFolder(ctx, *dir)
	}
	list, err := at.plugins(e)
	if err != nil {
		return fmt.Errorf("list plugins: %w", err)
	}
	w := table(e.Stdout)
	fmt.Fprintln(w, "NAME\tVERSION\tKIND\tSOURCE\tSTATE\tSHA256\tLOCK\tINSTANCES\tIN FLIGHT\tEVENTS\tTRAPS\tREPLACED\tLAST ERROR")
	for _, p := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%.12s\t%s\t%d\t%d\t%d\t%d\t%d\t%s\n", printable(p.Name), p.Version, p.Kind, p.Source,
			p.State, p.SHA256, cmp.Or(p.Lock, "-"), p.Instances, p.InFlight, p.Events, p.Traps, p.Replaced, printable(p.LastError))
	}
	return w.Flush()
}

func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// listFolder shows the files of a plugins folder, and what is locked but not there.
func (e Env) listFolder(ctx context.Context, dir string) error {
	files, err := filepath.Glob(filepath.Join(escapeGlob(dir), "*.wasm"))
	if err != nil {
		return fmt.Errorf("list plugins: %w", err)
	}
	lock, err := trust.ReadLock(trust.For(dir, false, false).LockFile)
	if err != nil {
		return err
	}
	w := table(e.Stdout)
	fmt.Fprintln(w, "NAME\tVERSION\tKIND\tSHA256\tLOCK\tSIGNATURE")
	for _, file := range files {
		fmt.Fprintln(w, row(ctx, file, dir))
	}
	for _, name := range lock.Names() {
		if !slices.Contains(files, modulePath(dir, name)) {
			fmt.Fprintf(w, "%s\t%s\t\t%.12s\tapproved, but the file is not there\t\n", name, lock.Find(name).Version, lock.Find(name).SHA256)
		}
	}
	return w.Flush()
}

// escapeGlob makes a folder's name stand for itself in a pattern.
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func row(ctx context.Context, file, dir string) string {
	name := strings.TrimSuffix(filepath.Base(file), ".wasm")
	fetched, err := fetch.Get(ctx, file)
	if err != nil {
		return name + "\t\t\t\t\t" + printable(err.Error())
	}
	c, err := examine(fetched, dir)
	if err != nil {
		return name + "\t\t\t\t\t" + printable(err.Error())
	}
	m := c.manifest
	return fmt.Sprintf("%s\t%s\t%s\t%.12s\t%s\t%s", name, m.Version, m.Kind, c.sum, printable(c.lockState()), printable(c.signature()))
}

// gateway is a running gateway and what it wants to be asked with.
type gateway struct{ url, key *string }

func gatewayFlags(set *flag.FlagSet) gateway {
	return gateway{set.String("url", "http://localhost:4000", ""), set.String("key", "", "")}
}

// plugins asks the gateway for its plugins.
func (g gateway) plugins(e Env) ([]endpoint.Plugin, error) {
	key := *g.key
	if key == "" {
		key, _ = e.Getenv("LITELLM_MASTER_KEY")
	}
	return fetchPlugins(strings.TrimSuffix(*g.url, "/")+"/plugins", key)
}

// listPatience is how long a gateway may take to list its plugins.
const listPatience = 10 * time.Second

func fetchPlugins(url, key string) ([]endpoint.Plugin, error) {
	request, response := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(request)
	defer fasthttp.ReleaseResponse(response)
	request.SetRequestURI(url)
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	if err := fasthttp.DoTimeout(request, response, listPatience); err != nil {
		return nil, err
	}
	switch response.StatusCode() {
	case fasthttp.StatusOK:
	case fasthttp.StatusUnauthorized:
		return nil, errors.New("the gateway wants its master key: --key KEY")
	default:
		return nil, fmt.Errorf("the gateway answered with status %d", response.StatusCode())
	}
	var answer struct {
		Data []endpoint.Plugin `json:"data"`
	}
	if err := json.Unmarshal(response.Body(), &answer); err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	return answer.Data, nil
}
