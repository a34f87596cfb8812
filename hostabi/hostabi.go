// Package hostabi is the contract between the gateway and its plugins: names, numbers and layouts, version 1.
//
// A plugin is a core WebAssembly module. It exports its memory and the functions named by the Export constants, and
// imports nothing but functions of the module "sluice1" (the Import constants) and a few harmless ones of
// "wasi_snapshot_preview1" (Wasi). The host refuses a module that imports anything else or whose signatures differ.
//
// Integers are little endian. Every import that concerns an exchange takes its context id first. Results are >= 0, or
// a negative Errno. A pointer given to an import is read during that call only. The host writes only into the buffer
// that sluice_buf returned and into memory whose address and size the guest passed.
package hostabi

// Module is the import module's name. It carries the major version: a new major gets a new name and both are served.
const Module = "sluice1"

// Version is what sluice_abi returns: major in the upper 16 bits, minor in the lower.
const Version = 1 << 16

// Names of the functions that a guest exports.
const (
	// ExportABI is sluice_abi() i32: the Version the guest was built for.
	ExportABI = "sluice_abi"
	// ExportBuf is sluice_buf(n i32) ptr: guest-owned scratch of at least n bytes, valid until the next call of
	// sluice_buf. The host puts what an event is about there.
	ExportBuf = "sluice_buf"
	// ExportConfigure is sluice_configure(n i32) i32: called once, after initialisation and before any event, with n
	// bytes of JSON configuration in the buffer. A non-zero result refuses the configuration.
	ExportConfigure = "sluice_configure"
	// ExportEvent is sluice_event(ctx, event, n, flags i32) i32: something happened to an exchange. n bytes (a Header,
	// then tape nodes) are in the buffer. Returns a Result.
	ExportEvent = "sluice_event"
	// ExportRecycle is the optional sluice_recycle() i32: the instance is about to be dropped. Not called after a trap.
	ExportRecycle = "sluice_recycle"
	// ExportMemory is the guest's linear memory.
	ExportMemory = "memory"
	// ExportInitialize is the optional WASI reactor start function _initialize().
	ExportInitialize = "_initialize"
)

// Names of the functions in Module.
const (
	// ImportAtom is atom(ptr, len i32) i32: the atom of a name of 1 to 48 bytes, interned when new. Allowed only
	// before sluice_configure returns; a plugin may add 1024 names.
	ImportAtom = "atom"
	// ImportAttr is attr(ctx, atom, ptr, cap i32) i32: the length of an attribute of the exchange, which is copied to
	// ptr when it fits; ErrnoAbsent when there is none of that name.
	ImportAttr = "attr"
	// ImportBytes is bytes(ctx, doc, off, len, ptr i32) i32: copies a range of a document's source to the guest.
	ImportBytes = "bytes"
	// ImportText is text(ctx, doc, off, len, ptr, cap i32) i32: like bytes for the inside of a JSON string, decoded;
	// returns the decoded length, and copies only when it fits.
	ImportText = "text"
	// ImportParse is parse(ctx, doc, off, len i32) i32: decodes the inside of a JSON string and scans it as
	// a document of its own. Returns its id; ErrnoSyntax when it is not JSON. The tape is fetched with nodes.
	ImportParse = "parse"
	// ImportNodes is nodes(ctx, doc, ptr, cap i32) i32: the number of nodes of a document's tape, which are copied to
	// ptr when cap (in bytes) suffices.
	ImportNodes = "nodes"
	// ImportEmit is emit(ctx, kind, ops, n, lit, len i32) i32: gives out n splice operations over len literal bytes as
	// the Output kind says.
	ImportEmit = "emit"
	// ImportSet is set(ctx, what, name, nlen, value, vlen i32) i32: sets a Setting of the upstream request.
	ImportSet = "set"
	// ImportRepeat is repeat(ctx, off, len i32) i32: declares, while EventChunk is handled and before anything is emitted,
	// that a further event of the same name which differs from this one only in the text, not empty, of the string whose inside lies
	// there is to be answered likewise: with Pass, or with the one event that is emitted, its text in the place of this
	// one's. Up to 4 texts may be declared, in order. The host then answers such events itself, until another one comes.
	// ErrnoInvalid when it can't; the guest loses nothing by ignoring that.
	ImportRepeat = "repeat"
	// ImportFail is fail(ctx, class, status, ptr, len i32) i32: ends the exchange with an error of a Class, an HTTP
	// status (0 = the class's own) and a message.
	ImportFail = "fail"
	// ImportUsage is usage(ctx, ptr, n i32) i32: reports n 32-bit counters, in the order of the Usage constants.
	// Counters that a later call reports replace earlier ones.
	ImportUsage = "usage"
	// ImportNow is now() i64: Unix time in nanoseconds.
	ImportNow = "now"
	// ImportRand is rand(ptr, len i32) i32: fills guest memory with secure random bytes.
	ImportRand = "rand"
	// ImportLog is log(level, ptr, len i32) i32: writes a line to the plugin's log (levels as in log/slog: -4, 0, 4, 8).
	ImportLog = "log"
)

// Wasi lists the functions of wasi_snapshot_preview1 that a guest may import. They give clock, randomness and a log;
// there are no files, sockets, arguments or environment variables behind them.
var Wasi = []string{
	"args_get", "args_sizes_get", "clock_res_get", "clock_time_get", "environ_get", "environ_sizes_get",
	"fd_close", "fd_fdstat_get", "fd_fdstat_set_flags", "fd_prestat_dir_name", "fd_prestat_get", "fd_read", "fd_seek",
	"fd_write", "poll_oneoff", "proc_exit", "random_get", "sched_yield",
}

// Event says what happened.
type Event int32

// Events of a provider. They only grow; a guest returns Pass for one it doesn't know.
const (
	// EventRequest brings the client's request in OpenAI's format, model and defaults filled in. The guest answers with
	// the upstream's request: Pass sends the document as it is.
	EventRequest Event = 1 + iota
	// EventResponse brings the complete upstream reply of a call that succeeded. Pass returns it as it is.
	EventResponse
	// EventChunk brings one event of a streamed reply. Pass forwards it, Done stands for what was emitted, maybe nothing.
	EventChunk
	// EventError brings an upstream reply with status >= 400. The guest calls fail; Pass leaves it to the host.
	EventError
	// EventEnd tells that the stream came to its end. The guest may emit what is still owed.
	EventEnd
	// EventCancel tells that the exchange is over though none of EventResponse, EventError and EventEnd said so: the
	// client left, or another provider is tried. Emit, set and fail are refused.
	EventCancel
)

// Result is what sluice_event returns; negative results are errors and fail the exchange.
type Result int32

// Results of sluice_event.
const (
	Pass    Result = 0 // unchanged
	Pending Result = 1 // reserved: the answer comes later
	Done    Result = 2 // answered by imports during the call
)

// Header precedes the tape in the event buffer. Its layout is ABI.
type Header struct {
	Doc      uint32 // id of the event's document; 0 = none
	Nodes    uint32 // tape nodes that follow; 0 when the body is not JSON
	Bytes    uint32 // length of the document's source
	Status   uint32 // HTTP status of the reply
	Endpoint uint32 // which API the client called
	Flags    uint32 // Flag bits
	Vendor   uint32 // index into the manifest's vendors
	Name     uint32 // atom of a stream event's name, 0 when unnamed or unknown
}

// HeaderSize is the size of Header in bytes.
const HeaderSize = 32

// Flag bits of Header.
const (
	FlagStream       uint32 = 1 << iota // the client asked for a stream
	FlagDropParams                      // leave out parameters that the upstream lacks instead of refusing them
	FlagNoSystem                        // the model takes no system message
	FlagIncludeUsage                    // the client asked for usage at the end of the stream
	FlagComplete                        // EventEnd: the upstream said that the stream is complete, rather than just closing it
)

// Endpoint is the API that the client called.
type Endpoint uint32

// Endpoints.
const (
	Chat Endpoint = 1 + iota
	Completions
	Embeddings
	Moderations
)

// Output says what emit gives out.
type Output int32

// Outputs.
const (
	OutBody  Output = 1 + iota // the upstream's request body, or the client's response body
	OutEvent                   // one event of the client's stream; the host frames it
)

// Setting is a property of the upstream request that a guest may set.
type Setting int32

// Settings. Names and values are checked; credentials and framing headers can't be set.
const (
	SetPath     Setting = 1 + iota // path and query after the base URL; name is unused
	SetHeader                      // a request header
	SetEndpoint                    // reserved: this host refuses it
)

// Usage counters, in the order of ImportUsage.
const (
	UsagePrompt     = iota // prompt tokens, cached ones included
	UsageCompletion        // completion tokens, reasoning included
	UsageCacheRead         // prompt tokens read from a cache
	UsageCacheWrite        // prompt tokens written to a cache
	UsageReasoning         // completion tokens spent on reasoning
	UsageCounters          // how many there are
)

// Class is the kind of an error, as clients of the LiteLLM proxy know them.
type Class int32

// Error classes.
const (
	ClassByStatus Class = iota // the host derives the class from the HTTP status
	BadRequest
	ContextWindowExceeded
	ContentPolicyViolation
	UnsupportedParams
	Authentication
	PermissionDenied
	NotFound
	Timeout
	UnprocessableEntity
	RateLimit
	InternalServer
	APIConnection
	ServiceUnavailable
	APIError
)

// Errno is why an import refused; it is returned negated.
type Errno int32

// Error numbers.
const (
	ErrnoContext Errno = 1 + iota // not the context whose event is being handled
	ErrnoDoc                      // no such document
	ErrnoRange                    // a range outside its document or outside guest memory
	ErrnoAbsent                   // nothing of that name
	ErrnoSyntax                   // not JSON
	ErrnoInvalid                  // an argument that is not allowed
	ErrnoState                    // not allowed now
	ErrnoLimit                    // a limit was reached
)
