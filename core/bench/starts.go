package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/valyala/fasthttp"
)

// allPluginsConfig has a model of each bundled plugin, so that all of them are loaded at the start.
const allPluginsConfig = `model_list:
  - {model_name: a, litellm_params: {model: openai/gpt-4o, api_key: x}}
  - {model_name: b, litellm_params: {model: azure/gpt-4o, api_key: x, api_base: "http://%[1]s"}}
  - {model_name: c, litellm_params: {model: anthropic/claude-sonnet-4-5, api_key: x}}
  - {model_name: d, litellm_params: {model: text-completion-openai/gpt-3.5-turbo-instruct, api_key: x}}
  - {model_name: e, litellm_params: {model: demo/demo}}
`

// startsPerRound is how often the gateway is started with what an earlier start has compiled.
const startsPerRound = 3

// measureStarts measures the gateway from its start to its first answer.
func (r *runner) measureStarts(ctx context.Context) ([]figure, error) {
	cold := figure{Name: "gateway starts, all bundled plugins, no cache", Unit: "ms"}
	warm := figure{Name: "the same, modules compiled before", Unit: "ms", Aim: "< 1,000"}
	used := figure{Name: "the same", Unit: "ms CPU"}
	times := startsPerRound
	if r.opts.Quick {
		times = 1
	}
	for round := range r.opts.Rounds {
		progress("round %d/%d  starts", round+1, r.opts.Rounds)
		home, err := os.MkdirTemp(r.dir, "home-")
		if err != nil {
			return nil, err
		}
		for i := range 1 + times {
			took, cpu, err := r.start(ctx, home)
			if err != nil {
				return nil, err
			}
			if i == 0 {
				cold.Samples = append(cold.Samples, milliseconds(took))
				continue
			}
			warm.Samples, used.Samples = append(warm.Samples, milliseconds(took)), append(used.Samples, milliseconds(cpu))
		}
	}
	return []figure{cold, warm, used}, nil
}

// start starts the gateway with a home of its own, where it keeps what it compiles, and ends it.
func (r *runner) start(ctx context.Context, home string) (took, cpu time.Duration, err error) {
	began := time.Now()
	server, err := startSluice(ctx, home, r.opts.Sluice, fmt.Sprintf(allPluginsConfig, r.mock.addr))
	if err != nil {
		return 0, 0, err
	}
	defer server.stop()
	took = time.Since(began)
	tree, err := readTree(server.pid())
	if err != nil {
		return 0, 0, err
	}
	return took, tree.cpu, allLoaded(server.addr)
}

// pluginState is what the runner reads of GET /plugins.
type pluginState struct {
	Name   string `json:"name"`
	State  string `json:"state"`
	SHA256 string `json:"sha256"`
	Error  string `json:"last_error"`
}

// plugins asks a gateway for its plugins.
func plugins(addr string) ([]pluginState, error) {
	status, body, err := fasthttp.GetTimeout(nil, "http://"+addr+"/plugins", 10*time.Second)
	if err != nil || status != fasthttp.StatusOK {
		return nil, fmt.Errorf("asking for the plugins: status %d, %w: %.300s", status, err, body)
	}
	var list struct {
		Data []pluginState `json:"data"`
	}
	if err := json.Unmarshal(body, &list); err != nil {
		return nil, fmt.Errorf("reading the list of plugins: %w", err)
	}
	return list.Data, nil
}

func allLoaded(addr string) error {
	list, err := plugins(addr)
	if err != nil {
		return err
	}
	for _, p := range list {
		if p.State != "loaded" {
			return fmt.Errorf("plugin %s is %s after the start, not loaded: it needs a model in the configuration of the starts", p.Name, p.State)
		}
	}
	return nil
}

func milliseconds(d time.Duration) float64 { return microseconds(d) / 1000 }
