package auth

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func ptr[T any](v T) *T { return &v }

// books opens a store and a cache over it.
func books(t *testing.T) (*store.Store, *Accounts) {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	a, err := NewAccounts(s, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s, a
}

func write(t *testing.T, s *store.Store, f func(*store.Tx) error) {
	t.Helper()
	if err := s.Write(t.Context(), f); err != nil {
		t.Fatal(err)
	}
}

const secret = "sk-virtual-key"

func keyHash() string { return hash([]byte(secret)) }

// family puts a key, its team, user, organization and budgets into the store.
func family(t *testing.T, s *store.Store) {
	t.Helper()
	write(t, s, func(tx *store.Tx) error {
		for _, err := range []error{
			s.Budgets.Insert(tx, &core.Budget{ID: "b", Limits: core.Limits{MaxBudget: ptr(core.Dollar), TPM: ptr(int64(7))}}),
			s.Organizations.Insert(tx, &core.Organization{ID: "o", BudgetID: ptr("b")}),
			s.Teams.Insert(tx, &core.Team{ID: "t", OrganizationID: ptr("o"), Models: []string{"gpt-*"}, Limits: core.Limits{MaxBudget: ptr(2 * core.Dollar)}}),
			s.Users.Insert(tx, &core.User{ID: "u", Role: ptr("internal_user"), Limits: core.Limits{MaxBudget: ptr(3 * core.Dollar), RPM: ptr(int64(9))}}),
			s.Members.Insert(tx, &core.Member{TeamID: "t", UserID: "u", BudgetID: ptr("b")}),
			s.Keys.Insert(tx, &core.Key{Hash: keyHash(), Alias: ptr("al"), TeamID: ptr("t"), UserID: ptr("u"),
				Limits:   core.Limits{ModelMaxBudget: map[string]core.ModelBudget{"gpt-4o": {Limit: core.Dollar, Period: "1d"}}},
				Metadata: map[string]any{"model_rpm_limit": map[string]any{"gpt-4o": 3}}, Change: core.Change{CreatedAt: time.Now()}}),
		} {
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func TestAccountOfAKey(t *testing.T) {
	s, a := books(t)
	family(t, s)
	p, ok, e := a.Find(keyHash())
	if !ok || e != nil {
		t.Fatal(ok, e)
	}
	if p.KeyAlias != "al" || p.TeamID != "t" || p.UserID != "u" || p.OrganizationID != "o" || p.Role != "internal_user" || p.Admin {
		t.Errorf("principal %+v", p)
	}
	var got []string
	for _, payer := range p.Account.Payers {
		one := payer.Kind + " " + payer.ID
		if b := payer.Limits.MaxBudget; b != nil {
			one += fmt.Sprintf(" $%v", b.Float())
		}
		if n := payer.Limits.RPM; n != nil {
			one += fmt.Sprintf(" rpm %d", *n)
		}
		got = append(got, one)
	}
	want := "member t/u $1, key " + keyHash() + ", key_model " + keyHash() + "/gpt-4o $1 rpm 3, team t $2, user u rpm 9, organization o $1"
	if strings.Join(got, ", ") != want {
		t.Errorf("payers\n%s, want\n%s", strings.Join(got, ", "), want)
	}
	if _, ok, e := a.Find("nobody"); ok || e != nil {
		t.Errorf("a key that is not there: %v, %v", ok, e)
	}
}

// What is changed in the store, here or elsewhere, is seen by the next request.
func TestChangesAreSeen(t *testing.T) {
	s, a := books(t)
	family(t, s)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	told := make(chan string, 100)
	find := func() core.Principal {
		p, _, e := a.Find(keyHash())
		if e != nil {
			t.Fatal(e)
		}
		return p
	}
	find()
	a.cache.Wait()
	if err := a.Begin(t.Context()); err != nil {
		t.Fatal(err)
	}
	go a.Follow(ctx, func(table, id string) { told <- table + "/" + id })
	wait := func(row string) {
		t.Helper()
		for {
			select {
			case got := <-told:
				if got == row {
					return
				}
			case <-time.After(10 * time.Second):
				t.Fatalf("nobody told of %s", row)
			}
		}
	}
	if _, err := s.Teams.Change(t.Context(), func(t *core.Team) error { t.Blocked = true; return nil }, "t"); err != nil {
		t.Fatal(err)
	}
	wait("teams/t")
	if p := find(); !p.Account.Team.Blocked {
		t.Error("the team is not blocked yet")
	}
	if e := usable(find().Account, time.Now()); e == nil || !strings.Contains(e.Message, "Team=t is blocked") {
		t.Errorf("refused with %v", e)
	}
	write(t, s, func(tx *store.Tx) error { return s.Keys.Delete(tx, keyHash()) })
	wait("keys/" + keyHash())
	if _, ok, _ := a.Find(keyHash()); ok {
		t.Error("the key is still there")
	}
	a.Find("later")
	write(t, s, func(tx *store.Tx) error { return s.Keys.Insert(tx, &core.Key{Hash: "later"}) })
	wait("keys/later")
	if _, ok, _ := a.Find("later"); !ok {
		t.Error("a key that was not there before is still not")
	}
}

func TestForgetWhileLoading(t *testing.T) {
	s, a := books(t)
	family(t, s)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			for range 200 {
				a.Find(keyHash())
			}
		})
	}
	for i := range 50 {
		blocked := i%2 == 0
		if _, err := s.Keys.Change(t.Context(), func(k *core.Key) error { k.Blocked = &blocked; return nil }, keyHash()); err != nil {
			t.Fatal(err)
		}
		a.Forget("keys", keyHash())
		if p, _, _ := a.Find(keyHash()); p.Account.Key.IsBlocked() != blocked {
			t.Fatalf("change %d is not seen", i)
		}
	}
	wait.Wait()
}

func TestStoreIsAway(t *testing.T) {
	s, a := books(t)
	family(t, s)
	a.Find(keyHash())
	a.cache.Wait()
	s.Close()
	if _, _, e := a.Find("unknown"); e == nil || e.Code() != 503 {
		t.Errorf("an unknown key: %v", e)
	}
	a.heard.Store(time.Now().Add(-time.Hour).UnixNano())
	if _, _, e := a.Find(keyHash()); e == nil || e.Code() != 503 {
		t.Errorf("a known key: %v", e)
	}
	a.WhenAway = func() bool { return true }
	if _, ok, e := a.Find(keyHash()); !ok || e != nil {
		t.Errorf("a known key that may go on: %v, %v", ok, e)
	}
}

func TestCustomers(t *testing.T) {
	s, a := books(t)
	write(t, s, func(tx *store.Tx) error { return s.Customers.Insert(tx, &core.Customer{ID: "c", Blocked: true}) })
	c, e := a.Customer("c")
	if e != nil || c.Usable() == nil || !strings.Contains(c.Usable().Message, "User blocked from making LLM API Calls. User=c") {
		t.Errorf("%+v, %v", c, e)
	}
	if c, e := a.Customer("nobody"); c != nil || e != nil {
		t.Errorf("%+v, %v", c, e)
	}
}

func TestVirtualKeys(t *testing.T) {
	s, a := books(t)
	family(t, s)
	k := New(master, "").WithAccounts(a)
	p, e := k.Check(with("Authorization", "Bearer "+secret))
	if e != nil || p.UserID != "u" || p.Admin {
		t.Errorf("%+v, %v", p, e)
	}
	if _, e := k.Check(with("Authorization", "Bearer sk-nobody")); e == nil || e.Code() != 401 {
		t.Errorf("an unknown key: %v", e)
	}
	for name, c := range map[string]struct {
		change func(*core.Key)
		code   int
		text   string
	}{
		"blocked": {func(k *core.Key) { k.Blocked = ptr(true) }, 401, "Key is blocked. Update via `/key/unblock` if you're admin."},
		"expired": {func(k *core.Key) { k.Blocked, k.Expires = nil, ptr(time.Now().Add(-time.Hour)) }, 400, "Authentication Error - Expired Key. Key Expiry time 20"},
	} {
		if _, err := s.Keys.Change(t.Context(), func(k *core.Key) error { c.change(k); return nil }, keyHash()); err != nil {
			t.Fatal(err)
		}
		a.Forget("keys", keyHash())
		if _, e := k.Check(with("Authorization", "Bearer "+secret)); e == nil || e.Code() != c.code || !strings.Contains(e.Message, c.text) {
			t.Errorf("%s: %v", name, e)
		}
	}
}

func TestAllow(t *testing.T) {
	team := &core.Team{ID: "t", Models: []string{"gpt-*"}}
	user := &core.User{ID: "u", Models: []string{"claude"}}
	org := &core.Organization{ID: "o", Models: []string{"claude"}}
	for name, c := range map[string]struct {
		account core.Account
		model   string
		want    string
	}{
		"all":                    {core.Account{Key: &core.Key{}}, "any", ""},
		"key's":                  {core.Account{Key: &core.Key{Models: []string{"a"}}}, "b", "key not allowed to access model. This key can only access models=['a']. Tried to access b"},
		"team's":                 {core.Account{Key: &core.Key{TeamID: ptr("t")}, Team: team}, "b", "Team not allowed to access model. Team=t, Model=b. Allowed team models = ['gpt-*']"},
		"team's, allowed":        {core.Account{Key: &core.Key{TeamID: ptr("t")}, Team: team}, "gpt-4o", ""},
		"all of the team":        {core.Account{Key: &core.Key{TeamID: ptr("t"), Models: []string{allTeamModels}}, Team: team}, "gpt-4o", ""},
		"not all of the team":    {core.Account{Key: &core.Key{TeamID: ptr("t"), Models: []string{allTeamModels}}, Team: team}, "b", "key not allowed"},
		"user's":                 {core.Account{Key: &core.Key{}, User: user}, "b", "user not allowed to access model. This user can only access models=['claude']. Tried to access b"},
		"user's, but the team's": {core.Account{Key: &core.Key{TeamID: ptr("t")}, Team: team, User: user}, "gpt-4o", ""},
		"organization's":         {core.Account{Key: &core.Key{}, Organization: org}, "b", "Organization not allowed to access model. Organization=o, Model=b. Allowed organization models = ['claude']"},
		"organization's, though": {core.Account{Key: &core.Key{TeamID: ptr("t")}, Team: team, Organization: org}, "gpt-4o", "Organization not allowed"},
		"all organizations":      {core.Account{Key: &core.Key{}, Organization: &core.Organization{}}, "b", ""},
		"no default":             {core.Account{Key: &core.Key{}, User: &core.User{Models: []string{"no-default-models"}}}, "b", "No default model access"},
	} {
		p := principal(&c.account)
		e := Allow(&p, c.model, c.model)
		if (e == nil) != (c.want == "") || e != nil && (!strings.Contains(e.Message, c.want) || e.Code() != 401) {
			t.Errorf("%s: %v, want %q", name, e, c.want)
		}
	}
}

func BenchmarkFind(b *testing.B) {
	s, err := store.Open(b.Context(), store.Options{Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	a, _ := NewAccounts(s, slog.New(slog.DiscardHandler))
	s.Write(b.Context(), func(tx *store.Tx) error { return s.Keys.Insert(tx, &core.Key{Hash: keyHash()}) })
	a.Find(keyHash())
	a.cache.Wait()
	k := New(master, "").WithAccounts(a)
	var h Header = fixed{"Authorization": []byte("Bearer " + secret)}
	b.ReportAllocs()
	for b.Loop() {
		if _, e := k.Check(h); e != nil {
			b.Fatal(e)
		}
	}
}
