package sdktest

import (
	"sync"
	"testing"
)

// journal writes what plugins log to the test that is running.
type journal struct {
	mu sync.Mutex
	t  testing.TB
}

func (j *journal) log(plugin string, level int, message string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.t.Logf("%s log %d: %s", plugin, level, message)
}

// turn makes t the test that is running.
func (j *journal) turn(t testing.TB) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.t = t
}
