package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// maxConns bounds the connections of one measurement.
const maxConns = 4096

// The parts of a run that measure the plugin host, by their names in -only.
const (
	partHost   = "host"   // benchmarks of the packages
	partGuards = "guards" // requests with guards on
	partSwaps  = "swaps"  // starts, and swaps under load
)

var hostParts = []string{partHost, partGuards, partSwaps}

// options are the runner's flags.
type options struct {
	Sluice  string   `json:"-"`
	Rounds  int      `json:"rounds"`
	Seconds int      `json:"seconds"`
	Conns   int      `json:"connections"`
	Idle    int      `json:"idle_streams"`
	GapMS   int      `json:"gap_ms"`
	Only    []string `json:"only"`
	Quick   bool     `json:"quick"`
	jsonOut string
	targets []string // of Only
	parts   []string // of Only
}

func parseOptions(args []string) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.StringVar(&o.Sluice, "sluice", "bin/sluice", "the gateway's binary")
	flags.IntVar(&o.Rounds, "rounds", 3, "rounds over all targets, at most 20")
	flags.IntVar(&o.Seconds, "seconds", 4, "seconds of each measurement, at most 60")
	flags.IntVar(&o.Conns, "c", 64, "connections")
	flags.IntVar(&o.Idle, "idle", 1000, "idle streams held for the memory figures, 0 for none")
	flags.IntVar(&o.GapMS, "gap", 5, "milliseconds between two events of a paced stream, at most 1000")
	flags.BoolVar(&o.Quick, "quick", false, "do everything once and briefly: the figures mean nothing")
	only := flags.String("only", "bare,sluice-openai,sluice-anthropic,plugins",
		"targets beside the mock, and parts on the plugin host: host, guards, swaps, or plugins for all three")
	flags.StringVar(&o.jsonOut, "json", "", "write every figure to this file")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o.Only = strings.Split(*only, ",")
	if o.Quick {
		o.Rounds, o.Conns, o.Idle, o.GapMS = 1, min(o.Conns, 4), min(o.Idle, 10), 1
	}
	return o, errors.Join(o.sort(), o.validate(), o.findSluice())
}

// sort tells targets from parts.
func (o *options) sort() error {
	for _, name := range o.Only {
		switch {
		case name == "plugins":
			o.parts = hostParts
		case slices.Contains(hostParts, name):
			o.parts = append(slices.Clip(o.parts), name)
		case name != targetDirect && targetKinds[name].process != "":
			o.targets = append(o.targets, name)
		default:
			return fmt.Errorf("-only: no target or part is called %q", name)
		}
	}
	return nil
}

func (o *options) validate() error {
	for _, bound := range []struct {
		flag            string
		value, min, max int
	}{
		{"-rounds", o.Rounds, 1, 20}, {"-seconds", o.Seconds, 1, 60}, {"-c", o.Conns, 1, maxConns},
		{"-idle", o.Idle, 0, maxConns}, {"-gap", o.GapMS, 1, 1000},
	} {
		if bound.value < bound.min || bound.value > bound.max {
			return fmt.Errorf("%s must be %d to %d", bound.flag, bound.min, bound.max)
		}
	}
	return nil
}

// findSluice makes the path absolute, as the gateway works in a folder of its own.
func (o *options) findSluice() (err error) {
	if o.sluiceTarget() == "" && !o.measures(partGuards) && !o.measures(partSwaps) {
		return nil
	}
	if o.Sluice, err = filepath.Abs(o.Sluice); err != nil {
		return err
	}
	if _, err := os.Stat(o.Sluice); err != nil {
		return fmt.Errorf("no gateway to measure, build it or ask for -only bare,host: %w", err)
	}
	return nil
}

// measures reports whether a part is wanted.
func (o *options) measures(part string) bool { return slices.Contains(o.parts, part) }

// sluiceTarget returns the first target that Sluice serves, or nothing.
func (o *options) sluiceTarget() string {
	for _, name := range o.targets {
		if targetKinds[name].process == "sluice" {
			return name
		}
	}
	return ""
}

// window is how long a measurement takes.
func (o *options) window() time.Duration {
	if o.Quick {
		return 500 * time.Millisecond
	}
	return time.Duration(o.Seconds) * time.Second
}

// limit is the longest that a whole run may take, with room for slow starts.
func (o *options) limit() time.Duration {
	cell := time.Duration(2*o.Seconds)*time.Second + 5*time.Second
	cells := len(o.workloads())*(len(o.targets)+1) + 10
	return 5*time.Minute + time.Duration(o.Rounds)*(time.Duration(cells)*cell+4*time.Minute)
}
