package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxConns bounds the connections of one measurement.
const maxConns = 4096

// options are the runner's flags.
type options struct {
	Sluice  string   `json:"-"`
	Rounds  int      `json:"rounds"`
	Seconds int      `json:"seconds"`
	Conns   int      `json:"connections"`
	Idle    int      `json:"idle_streams"`
	GapMS   int      `json:"gap_ms"`
	Only    []string `json:"only"`
	jsonOut string
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
	only := flags.String("only", "bare,sluice-openai,sluice-anthropic", "targets beside the mock")
	flags.StringVar(&o.jsonOut, "json", "", "write every figure to this file")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	o.Only = strings.Split(*only, ",")
	return o, errors.Join(o.validate(), o.findSluice())
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
	for _, name := range o.Only {
		if _, ok := targetKinds[name]; !ok || name == targetDirect {
			return fmt.Errorf("-only: no target is called %q", name)
		}
	}
	return nil
}

// findSluice makes the path absolute, as the gateway works in a folder of its own.
func (o *options) findSluice() (err error) {
	if o.sluiceTarget() == "" {
		return nil
	}
	if o.Sluice, err = filepath.Abs(o.Sluice); err != nil {
		return err
	}
	if _, err := os.Stat(o.Sluice); err != nil {
		return fmt.Errorf("no gateway to measure, build it or ask for -only bare: %w", err)
	}
	return nil
}

// sluiceTarget returns the first target that Sluice serves, or nothing.
func (o *options) sluiceTarget() string {
	for _, name := range o.Only {
		if targetKinds[name].process == "sluice" {
			return name
		}
	}
	return ""
}

// limit is the longest that a whole run may take, with room for slow starts.
func (o *options) limit() time.Duration {
	cell := time.Duration(2*o.Seconds)*time.Second + 5*time.Second
	round := time.Duration(len(o.workloads())*(len(o.Only)+1))*cell + 4*time.Minute
	return time.Minute + time.Duration(o.Rounds)*round
}
