package host

import (
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Fetch is one HTTP call of a guest's.
type Fetch struct {
	Upstream string // one of those granted
	Method   string
	Path     string // path and query after the upstream's URL: "" or begins with /
	Header   [][2]string
	Body     []byte        // valid until Context.Fetch returns
	Timeout  time.Duration // 0 = the upstream's own, which is also the most
	MaxBytes int           // of the reply's body; 0 = the upstream's own, which is also the most

	// Context.Fetch fills in either Status and Reply or Error. Reply must stay as it is until Context.Close.
	Status int
	Error  hostabi.CallError
	Reply  []byte
}
