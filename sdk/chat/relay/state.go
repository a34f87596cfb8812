package relay

import (
	"math/bits"
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// State is what the hooks keep for one exchange.
type State struct {
	quirks  Quirks
	prompt  bool   // a chat that went to the completions endpoint
	id      string // of the stream's first chunk, for all its chunks
	created string // as it is written
	model   string
	prefix  string // what right chunks begin with
	seen    seen
	usage   sdk.Usage
	owed    string      // usage that the client asked for and has not got yet, as it is written
	whole   bool        // the stream may end without a reason to stop
	text    chat.Stream // of a completion that is made from something else
}

// seen is what a stream has given out so far.
type seen struct {
	begun    uint64    // choices that have begun, as bits
	finished uint64    // that have ended
	called   uint64    // that called tools
	calls    [8]uint64 // tool calls of the first choices, as bits
	number   int       // of the last call, as given out
	vendors  int       // the vendor's number of it
	id       string    // and its id
}

// maxTracked is how many choices, and tool calls of one, are told apart. What lies beyond is passed on as it is.
const maxTracked = 64

func bit(n int) uint64 {
	if n < 0 || n >= maxTracked {
		return 0
	}
	return 1 << n
}

// begin keeps the stream's first chunk's id, time and model; what it lacks is made up.
func (s *State) begin(c *sdk.Call, doc sdk.Value) {
	if s.id = doc.Get(keyID).Text(); s.id == "" {
		s.id = sdk.RandomID(idPrefix(c))
	}
	created := doc.Get(keyCreated).Int()
	if created <= 0 {
		created = sdk.Now()
	}
	s.created = strconv.FormatInt(created, 10)
	if s.model = doc.Get(keyModel).Text(); s.model == "" {
		s.model = c.Attr(keyModel)
	}
}

func idPrefix(c *sdk.Call) string {
	if c.Endpoint() == hostabi.Completions {
		return "cmpl-"
	}
	return "chatcmpl-"
}

// call finds the number of a tool call's fragment and whether it is the call's first one, and notes it. Vendors leave
// the number out, or give each of several calls the number 0: then a new id begins a new call, and a fragment without
// one belongs to the last.
func (n *seen) call(choice int, call sdk.Value) (number int, first bool) {
	id := call.Get(keyID)
	given := call.Get(keyIndex)
	number = int(given.Int())
	if choice >= len(n.calls) || bit(number) == 0 {
		return number, true
	}
	known := &n.calls[choice]
	fresh := !id.Empty() && !id.Equals(n.id)
	switch {
	case !fresh && *known != 0 && (given.IsNull() || number == n.vendors):
		return n.number, false
	case *known&bit(number) != 0 && !fresh:
		return number, false
	case given.IsNull() || *known&bit(number) != 0:
		number = bits.Len64(*known)
	}
	*known |= bit(number)
	n.called |= bit(choice)
	n.number, n.vendors, n.id = number, int(given.Int()), id.Text()
	return number, true
}
