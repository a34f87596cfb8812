package host

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/kv"
)

func TestValues(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handlingAs(t, r, Grants{KV: kv.New(4 << 10)})
	c.Key = "key"
	id := uint64(c.id)
	key, n := put(t, g, 100, "name")
	value, size := put(t, g, 200, "value")
	for scope := range uint64(3) {
		want(t, g, hostabi.ErrnoAbsent, hostabi.ImportKVGet, id, scope, key, n, 300, 5)
		want(t, g, 0, hostabi.ImportKVDelete, id, scope, key, n)
		want(t, g, 0, hostabi.ImportKVSet, id, scope, key, n, value, size, 0)
		want(t, g, 5, hostabi.ImportKVGet, id, scope, key, n, 300, 5)
		if got, _ := g.memory.Read(300, 5); string(got) != "value" {
			t.Errorf("scope %d: got %q", scope, got)
		}
		want(t, g, 5, hostabi.ImportKVGet, id, scope, key, n, end, 4)
		want(t, g, hostabi.ErrnoRange, hostabi.ImportKVGet, id, scope, key, n, end, 5)
		want(t, g, hostabi.ErrnoInvalid, hostabi.ImportKVAdd, id, scope, key, n, 1, 0, 300)
		want(t, g, 1, hostabi.ImportKVDelete, id, scope, key, n)
		minus := int64(-7)
		want(t, g, 0, hostabi.ImportKVAdd, id, scope, key, n, uint64(minus), 60_000, 300)
		want(t, g, 0, hostabi.ImportKVAdd, id, scope, key, n, 10, 0, 300)
		if sum, _ := g.memory.ReadUint64Le(300); sum != 3 {
			t.Errorf("scope %d: sum %d", scope, int64(sum))
		}
		want(t, g, 8, hostabi.ImportKVGet, id, scope, key, n, 300, 8)
		want(t, g, hostabi.ErrnoRange, hostabi.ImportKVAdd, id, scope, key, n, 1, 0, end-7)
		want(t, g, hostabi.ErrnoRange, hostabi.ImportKVSet, id, scope, key, n, end, 1, 0)
		want(t, g, hostabi.ErrnoLimit, hostabi.ImportKVSet, id, scope, key, n, 0, 5<<10, 0)
	}
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportKVGet, id, 3, key, n, 300, 5)
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportKVGet, id, 1<<32-1, key, n, 300, 5)
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportKVSet, id, 2, key, 0, value, size, 0)
	want(t, g, hostabi.ErrnoInvalid, hostabi.ImportKVDelete, id, 2, 0, maxKey+1)
	want(t, g, hostabi.ErrnoRange, hostabi.ImportKVDelete, id, 2, end, 1)
	want(t, g, hostabi.ErrnoContext, hostabi.ImportKVAdd, id+1<<16, 2, key, n, 1, 0, 300)
	c.Key = ""
	want(t, g, hostabi.ErrnoState, hostabi.ImportKVGet, id, uint64(hostabi.ScopeKey), key, n, 300, 5)
}

func TestValuesNeedAGrant(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handling(t, r)
	for _, fn := range []string{hostabi.ImportKVGet, hostabi.ImportKVSet, hostabi.ImportKVDelete, hostabi.ImportKVAdd} {
		want(t, g, hostabi.ErrnoDenied, fn, uint64(c.id), 2, 100, 1)
	}
}

func TestCountersHaveAQuota(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	g, c := handlingAs(t, r, Grants{KV: kv.New(100)})
	key, n := put(t, g, 100, strings.Repeat("k", maxKey))
	want(t, g, hostabi.ErrnoLimit, hostabi.ImportKVAdd, uint64(c.id), 2, key, n, 1, 0, 1000)
}

// TestValuesOfAnExchange checks that nobody else sees them and that they end with it.
func TestValuesOfAnExchange(t *testing.T) {
	r, _ := newRuntime(t, Options{Instances: 1})
	store := kv.New(4 << 10)
	g, c := handlingAs(t, r, Grants{KV: store})
	key, n := put(t, g, 100, "name")
	want(t, g, 0, hostabi.ImportKVSet, uint64(c.id), 0, key, n, key, n, 0)
	other := opened(t, g.plugin)
	g.active = nil
	must(t, other, `{}`)
	g.active = other
	want(t, g, hostabi.ErrnoAbsent, hostabi.ImportKVGet, uint64(other.id), 0, key, n, 300, 0)
	owner := c.self
	if _, ok := store.Get(hostabi.ScopeRequest, owner, []byte("name")); !ok {
		t.Fatal("the value is gone while its exchange goes on")
	}
	g.active = nil
	c.Close()
	if _, ok := store.Get(hostabi.ScopeRequest, owner, []byte("name")); ok || c.self != "" {
		t.Error("the value outlived its exchange")
	}
}
