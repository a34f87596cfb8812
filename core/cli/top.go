package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core/endpoint"
)

// glance is how a gateway's plugins were at one time.
type glance struct {
	at   time.Time
	list []endpoint.Plugin
}

// pollFigures is how often top looks.
const pollFigures = 2 * time.Second

// topPlugins shows what plugins use, again and again or once, the busiest first.
func topPlugins(ctx context.Context, e Env, args []string) error {
	set := newFlags()
	at, once := gatewayFlags(set), set.Bool("once", false, "")
	if _, err := arguments(set, args, 0, 0); err != nil {
		return err
	}
	ticker := time.NewTicker(pollFigures)
	defer ticker.Stop()
	for before := (glance{}); ; {
		list, err := at.plugins(e)
		if err != nil {
			return fmt.Errorf("list plugins: %w", err)
		}
		now := glance{time.Now(), list}
		if !*once {
			io.WriteString(e.Stdout, "\x1b[H\x1b[2J")
		}
		if err := now.show(e.Stdout, before); err != nil || *once {
			return err
		}
		before = now
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
	}
}

// show prints a table. Rates and shares are those since an earlier glance; without one they are left open.
func (g glance) show(out io.Writer, before glance) error {
	w := table(out)
	fmt.Fprintln(w, "NAME\tKIND\tSTATE\tCALLS\tCALLS/S\tP50\tP99\tFUEL/CALL\tCPU\tCPU TIME\tMEMORY\tINSTANCES\tIN FLIGHT\tTRAPS\tDROPS")
	for _, p := range g.busiest() {
		rate, share := "-", "-"
		if old := before.find(p); old != nil {
			passed := g.at.Sub(before.at)
			rate = fmt.Sprintf("%.1f", float64(p.Events-old.Events)/passed.Seconds())
			share = fmt.Sprintf("%.1f%%", float64(p.CPU-old.CPU)/float64(passed)*100)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t%d\t%s\n", printable(p.Name), printable(p.Kind), state(p),
			p.Events, rate, duration(p.P50), duration(p.P99), each(p.Fuel, p.Events), share, duration(p.CPU), mebibytes(p.MemoryBytes), p.Instances,
			p.InFlight, p.Traps, drops(p))
	}
	return w.Flush()
}

func (g glance) busiest() []endpoint.Plugin {
	list := slices.Clone(g.list)
	slices.SortStableFunc(list, func(a, b endpoint.Plugin) int { return cmp.Compare(b.CPU, a.CPU) })
	return list
}

// find returns a plugin's earlier figures: of the same version, whose counts have only grown.
func (g glance) find(p endpoint.Plugin) *endpoint.Plugin {
	for i := range g.list {
		if o := &g.list[i]; o.Name == p.Name && o.SHA256 == p.SHA256 && o.Events <= p.Events && o.CPU <= p.CPU {
			return o
		}
	}
	return nil
}

// state tells of a breaker that is not closed before anything else.
func state(p endpoint.Plugin) string {
	if p.Breaker != "" && p.Breaker != "closed" {
		return printable("breaker " + p.Breaker)
	}
	return printable(p.State)
}

func duration(nanoseconds int64) string {
	if nanoseconds == 0 {
		return "-"
	}
	d := time.Duration(nanoseconds)
	switch {
	case d >= time.Millisecond:
		return d.Round(10 * time.Microsecond).String()
	case d >= time.Microsecond:
		return d.Round(100 * time.Nanosecond).String()
	}
	return d.String()
}

func each(sum, n uint64) string {
	if n == 0 {
		return "-"
	}
	return strconv.FormatUint(sum/n, 10)
}

func mebibytes(n uint64) string { return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20)) }

// drops counts an observer's records that it never got.
func drops(p endpoint.Plugin) string {
	if p.Records == nil {
		return "-"
	}
	return strconv.FormatInt(p.Records.Dropped, 10)
}
