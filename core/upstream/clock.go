package upstream

import "time"

var epoch = time.Now()

// now is the monotonic clock in nanoseconds since the program started; half the price of time.Now.
func now() int64 { return int64(time.Since(epoch)) }

// limits bound one call, on the scale of now; 0 = none.
type limits struct {
	deadline int64
	idle     int64
}

// forever stands for anything longer, so that sums of a few don't overflow.
const forever = int64(1) << 60

func (c *Call) limits(at int64) limits {
	l := limits{idle: min(max(int64(c.Idle), 0), forever)}
	if !c.Deadline.IsZero() {
		left := min(int64(time.Until(c.Deadline)), forever)
		l.deadline = max(at+left, 1)
	}
	return l
}

func (l limits) passed(at int64) bool { return l.deadline != 0 && at >= l.deadline }

// next is when a wait that starts at at must end. Moving a socket's timer costs more than a small read, so an armed
// timer that is at most a sixteenth of the idle time late is kept: it never fires early, only a little late.
func (l limits) next(at, armed int64) int64 {
	if l.idle == 0 {
		return l.deadline
	}
	earliest := at + l.idle
	if l.deadline != 0 && l.deadline <= earliest {
		return l.deadline
	}
	latest := earliest + l.idle/16
	if l.deadline != 0 {
		latest = min(latest, l.deadline)
	}
	if armed >= earliest && armed <= latest {
		return armed
	}
	return latest
}

// timer turns a point of the scale into what net.Conn's deadlines take.
func timer(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return epoch.Add(time.Duration(at))
}
