package kv

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
)

// ticking returns a store whose clock stands still until it is moved.
func ticking(quota int) (*Store, *time.Duration) {
	s, now := New(quota), new(time.Duration)
	s.now = func() time.Duration { return *now }
	return s, now
}

const global = hostabi.ScopeGlobal

func set(t *testing.T, s *Store, owner, key, value string, ttl time.Duration) {
	t.Helper()
	if err := s.Set(global, owner, []byte(key), []byte(value), ttl); err != nil {
		t.Fatalf("set %s: %v", key, err)
	}
}

// want checks a value; "-" stands for none.
func want(t *testing.T, s *Store, scope hostabi.Scope, owner, key, value string) {
	t.Helper()
	got, ok := s.Get(scope, owner, []byte(key))
	if !ok {
		got = []byte("-")
	}
	if string(got) != value {
		t.Errorf("%d %s %s is %q, want %q", scope, owner, key, got, value)
	}
}

func TestValues(t *testing.T) {
	s, _ := ticking(1 << 20)
	want(t, s, global, "", "a", "-")
	set(t, s, "", "a", "1", 0)
	set(t, s, "x", "a", "2", 0)
	if err := s.Set(hostabi.ScopeKey, "x", []byte("a"), []byte("3"), 0); err != nil {
		t.Fatal(err)
	}
	set(t, s, "", "", "no name", 0)
	set(t, s, "", "empty", "", 0)
	for _, c := range []struct {
		scope             hostabi.Scope
		owner, key, value string
	}{
		{global, "", "a", "1"}, {global, "x", "a", "2"}, {hostabi.ScopeKey, "x", "a", "3"}, {hostabi.ScopeRequest, "x", "a", "-"},
		{global, "", "", "no name"}, {global, "", "empty", ""},
	} {
		want(t, s, c.scope, c.owner, c.key, c.value)
	}
	set(t, s, "", "a", "longer than before", 0)
	want(t, s, global, "", "a", "longer than before")
	if !s.Delete(global, "", []byte("a")) || s.Delete(global, "", []byte("a")) {
		t.Error("a value is deleted once")
	}
	want(t, s, global, "", "a", "-")
	s.DropOwner(global, "x")
	s.DropOwner(global, "nobody")
	want(t, s, global, "x", "a", "-")
	want(t, s, hostabi.ScopeKey, "x", "a", "3")
}

func TestValuesAreCopied(t *testing.T) {
	s, _ := ticking(1 << 20)
	key, value := []byte("key"), []byte("value")
	if err := s.Set(global, "", key, value, 0); err != nil {
		t.Fatal(err)
	}
	key[0], value[0] = 'x', 'x'
	got, _ := s.Get(global, "", []byte("key"))
	got[1] = 'x'
	want(t, s, global, "", "key", "value")
}

func TestTimeToLive(t *testing.T) {
	s, now := ticking(1 << 20)
	set(t, s, "", "short", "1", time.Second)
	set(t, s, "", "long", "2", time.Minute)
	set(t, s, "", "ever", "3", 0)
	set(t, s, "", "again", "4", time.Second)
	set(t, s, "", "again", "5", 2*time.Second)
	set(t, s, "", "kept", "6", time.Second)
	set(t, s, "", "kept", "7", 0)
	*now = time.Second - 1
	want(t, s, global, "", "short", "1")
	*now = time.Second
	for key, value := range map[string]string{"short": "-", "long": "2", "ever": "3", "again": "5", "kept": "7"} {
		want(t, s, global, "", key, value)
	}
	*now = time.Hour
	for key, value := range map[string]string{"long": "-", "ever": "3", "again": "-", "kept": "7"} {
		want(t, s, global, "", key, value)
	}
	if s.Delete(global, "", []byte("short")) {
		t.Error("an expired value was there to delete")
	}
}

func TestQuota(t *testing.T) {
	s, now := ticking(2*(ownerOverhead+1) + 3*(entryOverhead+1+10))
	ten := "0123456789"
	set(t, s, "x", "a", ten, 0)
	set(t, s, "y", "b", ten, time.Second)
	set(t, s, "y", "c", ten, 0)
	refused := func(owner, key, value string) {
		t.Helper()
		if err := s.Set(global, owner, []byte(key), []byte(value), 0); !errors.Is(err, ErrQuota) {
			t.Errorf("set %s: %v, want ErrQuota", key, err)
		}
	}
	refused("x", "a", ten+"1")
	want(t, s, global, "x", "a", ten)
	refused("x", "d", "")
	refused("z", "d", "")
	if _, err := s.Add(global, "x", []byte("n"), 1, 0); !errors.Is(err, ErrQuota) {
		t.Errorf("add: %v, want ErrQuota", err)
	}
	set(t, s, "x", "a", "", 0)
	set(t, s, "x", "a", ten, 0)
	*now = time.Second // b expired
	set(t, s, "x", "d", ten, 0)
	refused("y", "e", "")
	s.DropOwner(global, "x")
	set(t, s, "z", "e", ten+ten, 0)
	s.SetQuota(0)
	want(t, s, global, "z", "e", ten+ten)
	refused("z", "e", ten+ten+ten)
	set(t, s, "z", "e", "", 0)
}

func TestCounters(t *testing.T) {
	s, now := ticking(1 << 20)
	add := func(key string, delta, sum int64) {
		t.Helper()
		if got, err := s.Add(global, "", []byte(key), delta, time.Second); err != nil || got != sum {
			t.Errorf("%s %+d is %d, %v, want %d", key, delta, got, err, sum)
		}
	}
	add("n", 3, 3)
	*now = time.Second / 2
	add("n", -5, -2)
	want(t, s, global, "", "n", "\xfe\xff\xff\xff\xff\xff\xff\xff")
	*now = time.Second // of the first, which began it
	add("n", 1, 1)
	add("up", math.MaxInt64, math.MaxInt64)
	add("up", 1, math.MaxInt64)
	add("up", math.MinInt64, -1)
	add("down", math.MinInt64, math.MinInt64)
	add("down", -1, math.MinInt64)
	set(t, s, "", "text", "12345678", 0)
	if _, err := s.Add(global, "", []byte("text"), 1, 0); !errors.Is(err, ErrNotCounter) {
		t.Errorf("add to a text: %v, want ErrNotCounter", err)
	}
	set(t, s, "", "n", "12345678", 0)
	if _, err := s.Add(global, "", []byte("n"), 1, 0); !errors.Is(err, ErrNotCounter) {
		t.Errorf("add to what was a counter: %v, want ErrNotCounter", err)
	}
}

// TestAccounts checks, after many random calls, that what is counted is what is there.
func TestAccounts(t *testing.T) {
	s, now := ticking(20_000)
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		owner, key := fmt.Sprint(random.IntN(4)), []byte(fmt.Sprint(random.IntN(40)))
		ttl := time.Duration(random.IntN(3)*random.IntN(50)) * time.Millisecond
		switch random.IntN(12) {
		case 0:
			s.DropOwner(global, owner)
		case 1, 2:
			s.Delete(global, owner, key)
		case 3, 4:
			s.Add(global, owner, key, 1, ttl)
		case 5:
			s.Get(global, owner, key)
		default:
			s.Set(global, owner, key, make([]byte, random.IntN(600)), ttl)
		}
		*now += time.Duration(random.IntN(1000)) * time.Microsecond
		checkAccounts(t, s)
	}
	for i := range 4 {
		s.DropOwner(global, fmt.Sprint(i))
	}
	if s.used != 0 || len(s.owners) != 0 || len(s.dying) != 0 {
		t.Errorf("%d bytes, %d owners and %d values to expire are left", s.used, len(s.owners), len(s.dying))
	}
}

func checkAccounts(t *testing.T, s *Store) {
	t.Helper()
	used, dying := 0, 0
	for p, o := range s.owners {
		used += ownerOverhead + len(p.name)
		for key, e := range o.entries {
			used += entryOverhead + len(key) + len(e.value)
			if e.at >= 0 {
				dying++
			}
		}
	}
	if used != s.used || used > s.quota || dying != len(s.dying) {
		t.Fatalf("%d bytes and %d values to expire, counted %d of %d and %d", used, dying, s.used, s.quota, len(s.dying))
	}
	for i, e := range s.dying {
		if e.at != i {
			t.Fatalf("value at %d of those to expire believes to be at %d", i, e.at)
		}
	}
}

func TestAtOnce(t *testing.T) {
	s := New(1 << 20)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			owner := fmt.Sprint(i % 2)
			for range 500 {
				s.Add(global, "", []byte("n"), 1, time.Hour)
				s.Set(global, owner, []byte("k"), []byte("v"), time.Nanosecond)
				s.Get(global, owner, []byte("k"))
				s.DropOwner(global, owner)
			}
		})
	}
	all.Wait()
	if n, err := s.Add(global, "", []byte("n"), 0, 0); n != 4000 || err != nil {
		t.Errorf("counted %d, %v, want 4000", n, err)
	}
}

func BenchmarkStore(b *testing.B) {
	s, key, value := New(64<<20), []byte("conversation:1234"), make([]byte, 100)
	for i := range 50_000 {
		if err := s.Set(global, "", fmt.Append(nil, i), value, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("set", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Set(global, "", key, value, time.Minute)
		}
	})
	b.Run("get", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Get(global, "", key)
		}
	})
	b.Run("add", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			s.Add(global, "", []byte("n"), 1, time.Minute)
		}
	})
}
