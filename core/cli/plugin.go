package cli

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core/app"
	"github.com/sluice-gateway/sluice/core/endpoint"
	"github.com/sluice-gateway/sluice/plugins"
)

func plugin(ctx context.Context, e Env) int {
	var err error
	switch {
	case len(e.Args) == 4 && e.Args[1] == "build":
		err = buildPlugin(ctx, e.Args[2], e.Args[3])
	case len(e.Args) == 3 && e.Args[1] == "bundle":
		err = plugins.WriteBundle(e.Args[2])
	case len(e.Args) == 3 && e.Args[1] == "inspect":
		err = inspectPlugin(ctx, e, e.Args[2])
	case len(e.Args) >= 2 && e.Args[1] == "list":
		err = listPlugins(e, e.Args[2:])
	default:
		fmt.Fprint(e.Stderr, usage)
		return 2
	}
	if err != nil {
		fmt.Fprintln(e.Stderr, "sluice:", err)
		return 1
	}
	return 0
}

// inspectPlugin prints what a plugin file is. It fails for one that the gateway would not load.
func inspectPlugin(ctx context.Context, e Env, path string) error {
	i, err := app.Inspect(ctx, path, slog.New(slog.NewTextHandler(e.Stderr, nil)))
	if err != nil {
		return err
	}
	m := i.Manifest
	var vendors []string
	for _, v := range m.Vendors {
		vendors = append(vendors, v.Name)
	}
	for _, line := range [][2]string{
		{"name", m.Name}, {"version", m.Version}, {"kind", m.Kind}, {"about", m.About}, {"hooks", strings.Join(m.Hooks, " ")},
		{"vendors", strings.Join(vendors, " ")}, {"size", fmt.Sprintf("%d bytes", i.Size)}, {"sha256", i.SHA256},
	} {
		fmt.Fprintf(e.Stdout, "%-9s%s\n", line[0], printable(line[1]))
	}
	if i.Unfit != nil {
		return fmt.Errorf("the gateway would refuse it: %w", i.Unfit)
	}
	fmt.Fprintf(e.Stdout, "%-9s%s\n", "check", "imports, exports and configuration are fine")
	return nil
}

// printable replaces what would control a terminal: manifests are strangers' texts.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, text)
}

func listPlugins(e Env, args []string) error {
	set := flag.NewFlagSet("plugin list", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	url := set.String("url", "http://localhost:4000", "")
	key := set.String("key", "", "")
	if err := set.Parse(args); err != nil {
		return err
	}
	if *key == "" {
		*key, _ = e.Getenv("LITELLM_MASTER_KEY")
	}
	list, err := fetchPlugins(strings.TrimSuffix(*url, "/")+"/plugins", *key)
	if err != nil {
		return fmt.Errorf("list plugins: %w", err)
	}
	w := tabwriter.NewWriter(e.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tVERSION\tSOURCE\tSTATE\tSHA256\tINSTANCES\tIN FLIGHT\tEVENTS\tTRAPS\tREPLACED\tLAST ERROR")
	for _, p := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.12s\t%d\t%d\t%d\t%d\t%d\t%s\n", printable(p.Name), p.Version, p.Source, p.State,
			p.SHA256, p.Instances, p.InFlight, p.Events, p.Traps, p.Replaced, printable(p.LastError))
	}
	return w.Flush()
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
