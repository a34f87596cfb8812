package docs

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDocsQuoteTheSource compares code that a page takes from the source with it. A line … stands for what was left out, and a
// plugin's name for what the scaffold leaves open.
func TestDocsQuoteTheSource(t *testing.T) {
	found := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.source == "" {
				continue
			}
			found++
			text := strings.ReplaceAll(source(t, b.source), "__NAME__", "shout")
			for piece := range strings.SplitSeq(b.text, "…\n") {
				_, rest, ok := strings.Cut(text, piece)
				if !ok {
					t.Errorf("%s:%d: %s does not have, in this order,\n%s", p.path, b.line, b.source, piece)
				}
				text = rest
			}
		}
	}
	if found < 5 {
		t.Errorf("found only %d quotations", found)
	}
}

func TestDocsLinksLeadSomewhere(t *testing.T) {
	for _, p := range append(pages(t), read(t, "README.md"), read(t, "docs/ARCHITECTURE.md"), read(t, "docs/ABI.md")) {
		if strings.HasPrefix(p.path, "docs/plugins/") && len(p.links) == 0 {
			t.Errorf("%s leads nowhere", p.path)
		}
		for _, to := range p.links {
			if _, err := os.Stat(filepath.Join(root, filepath.Dir(p.path), to)); err != nil {
				t.Errorf("%s: %v", p.path, err)
			}
		}
	}
}

// TestDocsReadme: what the README shows of the first plugin is what the page about it runs.
func TestDocsReadme(t *testing.T) {
	first := source(t, "docs/plugins/first-guard.md")
	commands := 0
	for _, b := range read(t, "README.md").blocks {
		if b.lang != "sh" || !strings.Contains(b.text, "sluice plugin") {
			continue
		}
		for line := range strings.Lines(b.text) {
			command, _, _ := strings.Cut(line, "  ")
			commands++
			if !strings.Contains(first, "\n"+strings.TrimSpace(command)+"\n") {
				t.Errorf("README.md: first-guard.md does not run %q", command)
			}
		}
	}
	if commands < 3 {
		t.Errorf("found only %d commands", commands)
	}
}

// TestDocsHouse: what the plan of the house names is there.
func TestDocsHouse(t *testing.T) {
	plan := read(t, "docs/ARCHITECTURE.md").blocks[0].text
	rooms, path := 0, []string{}
	for line := range strings.Lines(plan) {
		name := strings.TrimLeft(line, " ")
		depth := (len(line) - len(name)) / 2
		name, _, _ = strings.Cut(name, " ")
		path = append(path[:depth], name)
		rooms++
		if _, err := os.Stat(filepath.Join(root, filepath.Join(path...))); err != nil {
			t.Error(err)
		}
	}
	if rooms < 30 {
		t.Errorf("found only %d rooms", rooms)
	}
}
