package main

import "github.com/sluice-gateway/sluice/sdk"

// betas is a set of features that Anthropic serves only to requests which name them in a header.
type betas uint8

// Bits of betas, in the order of betaNames.
const (
	betaMCP betas = 1 << iota
	betaFiles
	betaComputer2024
	betaComputer2025
	betaComputer202511
	betaCode
	betaFetch
	betaContext
)

var betaNames = [...]string{
	"mcp-client-2025-04-04",
	"files-api-2025-04-14",
	"computer-use-2024-10-22",
	"computer-use-2025-01-24",
	"computer-use-2025-11-24",
	"code-execution-2025-08-25",
	"web-fetch-2025-09-10",
	"context-management-2025-06-27",
}

// toolBetas holds Anthropic's own tools that are in beta, by type; the number is the bit's position plus one.
var toolBetas = number(map[string]uint8{
	"computer_20241022":       3,
	"bash_20241022":           3,
	"text_editor_20241022":    3,
	"computer_20250124":       4,
	"computer_20251124":       5,
	"code_execution_20250825": 6,
	"web_fetch_20250910":      7,
	"memory_20250818":         8,
})

func (b *betas) add(beta betas) { *b |= beta }

// tool adds what a tool of Anthropic's own needs.
func (b *betas) tool(kind sdk.Atom) {
	if n := toolBetas.of(kind); n > 0 {
		b.add(1 << (n - 1))
	}
}

// header returns the names, separated by commas.
func (b betas) header() string {
	var h string
	for i, name := range betaNames {
		if b&(1<<i) == 0 {
			continue
		}
		if h != "" {
			h += ","
		}
		h += name
	}
	return h
}
