package host

import "github.com/sluice-gateway/sluice/hostabi/host/kv"

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
	// Contexts is how many exchanges may share an instance, 0 = 4096; with PerRequest how many instances there may be,
	// 0 = 128.
	Contexts int
	// Calls is how many HTTP calls an exchange may make; 0 = 16.
	Calls int
	// PerRequest gives each exchange an instance of its own.
	PerRequest bool
}
