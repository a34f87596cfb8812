package host

import (
	"errors"
	"fmt"
	"time"

	"github.com/tetratelabs/wazero/api"

	"github.com/sluice-gateway/sluice/hostabi/host/rewrite"
)

// Fuel is what guests are metered with; about 10 units are a nanosecond. An event may use eventFuel and more for each
// byte of what it is about, since the author of a plugin does not decide how large that is.
const (
	startFuel   = 50_000_000_000 // to initialise and configure an instance, unless Options say otherwise: about 5 s
	eventFuel   = 500_000_000    // about 50 ms
	fuelPerByte = 20_000         // about 2 µs
	// sliceFuel is what a guest runs on before it comes back to the host, where the Go runtime can stop it: about 100 µs.
	sliceFuel = 1_000_000
	// What the host does for a guest is taken from the guest's budget: a call of an import, an operation of a document that
	// is given out, and what it copies, quotes or scans by the byte.
	importFuel = 2_000
	opFuel     = 100
	copyFuel   = 1
	quoteFuel  = 10
	scanFuel   = 20
	printFuel  = 50 // lines may be short
)

// ErrFuel means that a guest used more than its budget: it hangs, or works too hard.
var ErrFuel = errors.New("out of fuel")

// ErrTime means that a guest ran far longer than its fuel should have lasted.
var ErrTime = errors.New("out of time")

// patience is how long a guest may run beyond ten times what its fuel is worth. Fuel decides, whatever else the machine
// does; time is there for what fuel does not see.
const patience = 2 * time.Second

// charge gives a guest the fuel for what it begins to do now.
func (g *instance) charge(now time.Duration, fuel int64) {
	g.left, g.until = fuel, now+patience+time.Duration(fuel)
}

// tickFunction is what metered code calls when its slice is used up. Guests don't know of it.
var tickFunction = hostFunction{rewrite.TickName, ":", (*instance).tick}

func (g *instance) tick(args) {
	if g.fuel == nil { // a start section runs before the instance is whole
		g.fuel = g.module.ExportedGlobal(rewrite.FuelGlobal).(api.MutableGlobal)
	}
	owed := int64(g.fuel.Get())
	more := sliceFuel * (1 - owed/sliceFuel) // an instruction on a range of memory may take many slices
	if g.left <= more-sliceFuel {
		panic(ErrFuel)
	}
	if uptime() > g.until {
		panic(ErrTime)
	}
	g.left -= more
	g.drawn += more
	g.fuel.Set(uint64(owed + more))
}

// burn takes from the budget of the event what the host did for the guest.
func (g *instance) burn(fuel int64) {
	g.left -= fuel
	g.drawn += fuel
	if g.left <= 0 {
		panic(ErrFuel)
	}
}

// meter finds the fuel of a new instance, which has none.
func (g *instance) meter() error {
	fuel, ok := g.module.ExportedGlobal(rewrite.FuelGlobal).(api.MutableGlobal)
	if !ok {
		return fmt.Errorf("missing global %s", rewrite.FuelGlobal)
	}
	g.fuel = fuel
	return nil
}

// bear makes a bare instance whole: its data, its start function.
func (g *instance) bear() error {
	for _, s := range g.plugin.code.data {
		if !g.memory.Write(s.Offset, s.Bytes) {
			return fmt.Errorf("data of %d bytes at %d lies outside the guest's memory", len(s.Bytes), s.Offset)
		}
	}
	if g.plugin.code.start == "" {
		return nil
	}
	if _, err := g.call(g.plugin.code.start); err != nil {
		return fmt.Errorf("start: %w", err)
	}
	return nil
}
