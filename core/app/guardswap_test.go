package app_test

import (
	"bytes"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"weak"

	"github.com/sluice-gateway/sluice/hostabi/host"
)

// TestGuardSwapsUnderLoad swaps two editions of a guard while clients send texts that it must edit and texts that it counts
// on: no request fails, none goes unguarded, and nothing piles up.
func TestGuardSwapsUnderLoad(t *testing.T) {
	m := newManned(t, "guardrails:\n  - {guardrail_name: words, litellm_params: {guardrail: sentry, mode: [pre_call, post_call], default_on: true}}\n", "sentry")
	wasm := guestModule(t, "sentry")
	editions := [][]byte{bytes.ReplaceAll(wasm, []byte("[alpha]"), []byte("[gamma]")), wasm}
	var stop atomic.Bool
	var asked atomic.Int64
	var clients sync.WaitGroup
	for range 2 {
		clients.Go(func() {
			for !stop.Load() && m.guards() {
				asked.Add(1)
			}
		})
	}
	warm := guardSwapsUnderLoad / 5
	var used []weak.Pointer[host.Plugin]
	var grown, mapped int64
	for i := range guardSwapsUnderLoad {
		m.write("sentry.wasm", editions[i%2])
		m.settle()
		used = append(used, weak.Make(m.App.Serving("sentry")))
		if i == warm {
			grown, mapped = -int64(heap()), -mappings(t)
		}
	}
	grown, mapped = grown+int64(heap()), mapped+mappings(t)
	stop.Store(true)
	clients.Wait()
	if n := m.App.AwaitFreed(); n != 0 {
		t.Errorf("%d older versions are left", n)
	}
	for i, version := range used[:len(used)-1] {
		if version == used[i+1] {
			t.Fatalf("swap %d did not happen: %s", i+1, m.shown("sentry").LastError)
		}
		if p := version.Value(); p != nil && p.Stats().Instances+p.Stats().InFlight != 0 {
			t.Fatalf("the version before swap %d is still there: %+v", i+1, p.Stats())
		}
	}
	if p := m.shown("sentry"); p.InFlight != 0 || p.Draining != 0 || p.Traps != 0 {
		t.Errorf("at the end shown as %+v", p)
	}
	if grown > 8<<20 || mapped > 40 {
		t.Errorf("%d swaps cost %d bytes of heap and %d mappings", guardSwapsUnderLoad-warm, grown, mapped)
	}
	t.Logf("%d answers over %d swaps; %d bytes of heap, %d mappings more", asked.Load(), guardSwapsUnderLoad, grown, mapped)
}

// guards sends one request and checks that one edition of the guard edited it.
func (m *manned) guards() bool {
	r, err := m.Client.Post("http://gateway/v1/chat/completions", "application/json",
		strings.NewReader(`{"model":"m","messages":[{"role":"user","content":"the secret is out"}]}`))
	if err != nil {
		m.t.Error(err)
		return false
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	edited := bytes.Contains(text, []byte("the [alpha] is")) != bytes.Contains(text, []byte("the [gamma] is"))
	if err != nil || r.StatusCode != http.StatusOK || !edited || bytes.Contains(text, []byte("secret")) {
		m.t.Errorf("%d, %v: %s", r.StatusCode, err, text)
		return false
	}
	return true
}

// mappings counts the process's memory mappings; 0 where the system doesn't tell.
func mappings(t *testing.T) int64 {
	text, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		t.Log(err)
		return 0
	}
	return int64(bytes.Count(text, []byte("\n")))
}
