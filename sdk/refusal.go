package sdk

import (
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi"
)

// Refusal is why the host did not do what it was asked for.
type Refusal hostabi.Errno

// Refusals that plugins may want to tell apart, with ==.
const (
	ErrDenied  = Refusal(hostabi.ErrnoDenied) // the plugin was not granted this
	ErrFull    = Refusal(hostabi.ErrnoLimit)  // a limit or quota was reached
	ErrInvalid = Refusal(hostabi.ErrnoInvalid)
	ErrAbsent  = Refusal(hostabi.ErrnoAbsent)
	ErrState   = Refusal(hostabi.ErrnoState) // not now, as KV(ScopeKey) where nobody's key is known
)

func (r Refusal) Error() string {
	switch r {
	case ErrDenied:
		return "not granted to the plugin"
	case ErrFull:
		return "a limit was reached"
	case ErrInvalid:
		return "not allowed"
	case ErrAbsent:
		return "there is none"
	case ErrState:
		return "not possible now"
	}
	return "refused by the host, error " + strconv.Itoa(int(r))
}

// refused turns the result of an import into an error.
func refused(result int32) error {
	if result >= 0 {
		return nil
	}
	return Refusal(-result)
}
