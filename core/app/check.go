package app

import (
	"fmt"
	"strings"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/guest"
	"github.com/sluice-gateway/sluice/core/pipeline"
	"github.com/sluice-gateway/sluice/core/provider"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

// Check finds what a start would say of a configuration and the plugins folder, without starting anything: deployments
// that could not be called, and what is wrong with the plugins, of which errors would keep it from starting.
func Check(c *config.Config, pluginDir string, getenv func(string) (string, bool)) ([]config.Finding, error) {
	client := upstream.New(upstream.Options{})
	defer client.Close()
	a := &App{opts: Options{Getenv: getenv, PluginDir: pluginDir}, clients: guest.NewClients(client)}
	defer a.clients.Close()
	folder, err := readFolder(pluginDir, a.policy(c))
	if err != nil {
		return nil, err
	}
	have, _, err := startModules(folder)
	if err != nil {
		return nil, err
	}
	p := a.planner(c).make(c, have)
	if p.clash != nil {
		return nil, p.clash
	}
	b := &provider.Builder{Registry: p.registry, Client: client, Getenv: a.environment(c),
		Plugin: func(string) (*host.Plugin, error) { return nil, nil }}
	findings := p.findings
	for i := range c.Models {
		if why := unusable(b, &c.Models[i], c.LiteLLM.DropParams); why != "" {
			findings = append(findings, unusableFinding(&c.Models[i], why))
		}
	}
	return findings, nil
}

// unusable says why a deployment can't be called, "" when it can.
func unusable(b *provider.Builder, m *config.Deployment, dropParams bool) string {
	if isPattern(m) {
		return ""
	}
	t, err := b.Build(spec(m, dropParams))
	if err != nil {
		return pipeline.Unreachable(m.Params.Model, err).Message
	}
	if e := t.Unusable(); e != nil {
		return e.Message
	}
	return ""
}

// isPattern reports whether the deployment is made anew for each model that is asked for.
func isPattern(m *config.Deployment) bool {
	return strings.Contains(m.ModelName, "*") && strings.Contains(m.Params.Model, "*")
}

func unusableFinding(m *config.Deployment, why string) config.Finding {
	return config.Finding{Level: config.Warning, File: m.Pos.File, Line: m.Pos.Line, Column: m.Pos.Column,
		Path: fmt.Sprintf("model_list[%d]", m.Index), Message: "requests to this deployment will fail: " + strings.ReplaceAll(why, "\n", "")}
}
