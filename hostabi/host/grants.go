package host

import (
	"fmt"

	"github.com/tetratelabs/wazero"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
)

// Grants are what a plugin may use. The zero value grants clock, randomness, the log and the default limits, and nothing
// else. Limits above the defaults are lowered to them.
type Grants struct {
	// Headers names the headers of the client's request that it may read, in lower case.
	Headers []string
	// Upstreams names the services that it may call.
	Upstreams []string
	// KV keeps its values; nil: it may keep none.
	KV *kv.Store
	// Match allows word and rule sets.
	Match bool
	// Memory is the most memory of an instance in MiB; 0 = Options.MemoryPages.
	Memory int
	// Fuel is what an event may use, about 10 units a nanosecond; 0 = 500,000,000. FuelByte is what it may use besides for
	// each byte that it is about; 0 = 20,000.
	Fuel, FuelByte int64
	// Contexts is how many exchanges may share an instance, 0 = 4096. With PerRequest it is how many instances there may be
	// at once, 0 = 128.
	Contexts int
	// Calls is how many HTTP calls an exchange may make; 0 = 16.
	Calls int
	// PerRequest gives each exchange an instance of its own, made from the snapshot and dropped with the exchange.
	PerRequest bool
}

// Limits of a plugin that was granted no other ones.
const (
	maxContexts = 4096 // exchanges that share an instance, and so what one trap can take down
	maxPrivate  = 128  // instances that serve one exchange each
	maxCalls    = 16   // of an exchange
)

// limits are what a plugin's grants come to.
type limits struct {
	pages          uint32 // of an instance's memory
	fuel, fuelByte int64
	contexts       int
	instances      int // that serve one exchange each
	calls          int
}

const (
	pagesPerMiB = 1 << 20 / pageSize
	kibPerPage  = pageSize / 1024
)

func (g *Grants) limits(o *Options) limits {
	l := limits{
		pages: o.MemoryPages,
		fuel:  lower(eventFuel, g.Fuel), fuelByte: lower(fuelPerByte, g.FuelByte),
		contexts: lower(maxContexts, g.Contexts), instances: maxPrivate,
		calls: lower(maxCalls, g.Calls),
	}
	if g.Contexts > 0 {
		l.instances = l.contexts
	}
	if 0 < g.Memory && g.Memory < int(l.pages)/pagesPerMiB {
		l.pages = uint32(g.Memory) * pagesPerMiB
	}
	return l
}

// lower returns what was granted, where that is less than the default; 0 grants the default.
func lower[T int | int64](most, granted T) T {
	if granted <= 0 {
		return most
	}
	return min(most, granted)
}

// fits refuses a module that begins with more memory than it may have.
func (l limits) fits(m wazero.CompiledModule) error {
	if least := m.ExportedMemories()[hostabi.ExportMemory].Min(); least > l.pages {
		return fmt.Errorf("memory of %d KiB is over the limit of %d KiB", least*kibPerPage, l.pages*kibPerPage)
	}
	return nil
}
