package auth

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/dgraph-io/ristretto/v2"
	"golang.org/x/sync/singleflight"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// Accounts finds the accounts of virtual keys. It answers from memory and asks the store for those that it does not know;
// what is changed in the store is forgotten here. It is safe for concurrent use.
type Accounts struct {
	// Bind prepares the limits of an account's payers; what it returns becomes Account.Bounds.
	Bind func([]core.Payer) (any, error)
	// WhenAway lets keys that are known go on while the store is away. Otherwise nobody is let in then: a key may have been
	// blocked meanwhile.
	WhenAway func() bool
	Log      *slog.Logger

	usual   atomic.Pointer[core.USD] // budget of customers who have none of their own; nil = no limit
	store   *store.Store
	cache   *ristretto.Cache[string, *known]
	loading singleflight.Group
	changes atomic.Uint64 // counts what was forgotten

	mu      sync.Mutex
	depends map[string]map[string]struct{} // names in the cache by what they were made of
	seen    int64                          // the newest change
	heard   atomic.Int64                   // when the store last told of changes, Unix nanoseconds
}

// known is what is known of a key or a customer, or that there is none.
type known struct {
	name      string // in the cache
	principal core.Principal
	account   *core.Account
	customer  *Customer
	parts     []string  // what it was made of: rows, as table/id
	until     time.Time // when something in it ends; zero = never
}

// Limits of what is kept.
const (
	maxAccounts = 1 << 20 // bytes are not counted: an account is about a kilobyte
	pollChanges = 500 * time.Millisecond
	// maxSilence is how long the store may be silent before what is known counts as old.
	maxSilence = 5 * time.Second
)

// NewAccounts returns an empty cache over a store. Follow keeps it up to date.
func NewAccounts(s *store.Store, log *slog.Logger) (*Accounts, error) {
	a := &Accounts{store: s, Log: log, depends: map[string]map[string]struct{}{}, WhenAway: func() bool { return false },
		Bind: func([]core.Payer) (any, error) { return nil, nil }}
	var err error
	a.cache, err = ristretto.NewCache(&ristretto.Config[string, *known]{NumCounters: 10 * maxAccounts, MaxCost: maxAccounts, BufferItems: 64,
		IgnoreInternalCost: true, OnEvict: func(i *ristretto.Item[*known]) { a.evicted(i.Value) }})
	a.heard.Store(time.Now().UnixNano())
	return a, err
}

// errAway is what clients get while the store can't be asked.
func errAway(cause error) *core.Error {
	return &core.Error{Class: core.ServiceUnavailable, RetryAfter: time.Second, Cause: cause,
		Message: "Service Unavailable, the key can't be checked: the database is not available"}
}

// Find returns who has a key, by its hash; ok is false when nobody has. It fails with 503 when the store would have to be
// asked and can't be, never with anything that sounds as if the key were wrong.
func (a *Accounts) Find(hash string) (p core.Principal, ok bool, e *core.Error) {
	k, e := a.find(hash, a.assemble)
	if e != nil || k.account == nil {
		return core.Principal{}, false, e
	}
	return k.principal, true, nil
}

func (a *Accounts) find(name string, assemble func(ctx context.Context, name string) (*known, error)) (*known, *core.Error) {
	if k, ok := a.cache.Get(name); ok {
		if a.silent() && !a.WhenAway() {
			return nil, errAway(nil)
		}
		return k, nil
	}
	// Who comes after a change must not be given what was begun to be read before it.
	once := name + " " + strconv.FormatUint(a.changes.Load(), 36)
	v, err, _ := a.loading.Do(once, func() (any, error) { return a.load(name, assemble) })
	if err != nil {
		return nil, errAway(err)
	}
	return v.(*known), nil
}

// silent reports whether the store has not been heard of for too long to rely on what is known.
func (a *Accounts) silent() bool {
	return time.Now().UnixNano()-a.heard.Load() > int64(maxSilence)
}

func (a *Accounts) load(name string, assemble func(context.Context, string) (*known, error)) (*known, error) {
	before := a.changes.Load()
	ctx, stop := context.WithTimeout(context.Background(), 10*time.Second)
	defer stop()
	k, err := assemble(ctx, name)
	if err != nil {
		return nil, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.changes.Load() != before {
		return k, nil // it may be old already: good for this request, not to be kept
	}
	for _, part := range k.parts {
		if a.depends[part] == nil {
			a.depends[part] = map[string]struct{}{}
		}
		a.depends[part][name] = struct{}{}
	}
	var ttl time.Duration // 0 = no end
	if !k.until.IsZero() {
		ttl = max(time.Until(k.until), time.Millisecond)
	}
	a.cache.SetWithTTL(name, k, 1, ttl)
	return k, nil
}

// Forget drops what was made of a row: it was changed.
func (a *Accounts) Forget(table, id string) {
	if table == organizationMembers {
		for at := range len(id) {
			if id[at] == '/' { // which of them parts organization and user nobody can tell
				a.forget(administration + id[at+1:])
			}
		}
	}
	a.forget(table + "/" + id)
}

func (a *Accounts) forget(part string) {
	a.mu.Lock()
	a.changes.Add(1)
	names := a.depends[part]
	delete(a.depends, part)
	a.mu.Unlock()
	if len(names) == 0 {
		return
	}
	for name := range names {
		a.cache.Del(name)
	}
	a.cache.Wait() // so that no Set is left which was begun before
}

// evicted lets go of an account that there was no room for any more.
func (a *Accounts) evicted(k *known) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, part := range k.parts {
		if delete(a.depends[part], k.name); len(a.depends[part]) == 0 {
			delete(a.depends, part)
		}
	}
}

// Follow forgets what others change in the store, until ctx ends. changed is told of each row.
func (a *Accounts) Follow(ctx context.Context, changed func(table, id string)) {
	ticker := time.NewTicker(pollChanges)
	defer ticker.Stop()
	for {
		a.poll(ctx, changed)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// Begin notes which changes are older than this process. It comes before anything is loaded.
func (a *Accounts) Begin(ctx context.Context) (err error) {
	a.seen, err = a.store.Changes.Last(ctx)
	return err
}

func (a *Accounts) poll(ctx context.Context, changed func(table, id string)) {
	for {
		rows, err := a.store.Changes.Since(ctx, a.seen)
		if err != nil {
			if ctx.Err() == nil && !a.silent() {
				a.Log.Warn("changes of keys can't be followed", "error", err.Error())
			}
			return
		}
		a.heard.Store(time.Now().UnixNano())
		for _, r := range rows {
			a.seen = r.Seq
			a.Forget(r.Kind, r.ID)
			changed(r.Kind, r.ID)
		}
		if len(rows) == 0 {
			return
		}
	}
}

// assemble reads all that a key's account is made of.
func (a *Accounts) assemble(ctx context.Context, hash string) (*known, error) {
	r := &reading{ctx: ctx, known: &known{name: hash}}
	key := part(r, &a.store.Keys.Table, "keys", hash)
	if r.err != nil || key == nil {
		return r.known, r.err
	}
	acc := &core.Account{Key: key}
	if key.TeamID != nil {
		acc.Team = part(r, &a.store.Teams.Table, "teams", *key.TeamID)
	}
	if key.UserID != nil {
		acc.User = part(r, &a.store.Users.Table, "users", *key.UserID)
		if key.TeamID != nil {
			acc.Member = part(r, &a.store.Members.Table, "members", *key.TeamID, *key.UserID)
		}
	}
	a.administered(r, acc)
	if id := organization(acc); id != "" {
		acc.Organization = part(r, &a.store.Organizations.Table, "organizations", id)
	}
	a.payers(r, acc)
	if r.err != nil {
		return nil, r.err
	}
	if acc.User != nil && acc.User.Role != nil {
		acc.Role = *acc.User.Role
	}
	acc.Closed = closed(key)
	var err error
	if acc.Bounds, err = a.Bind(acc.Payers); err != nil {
		return nil, err
	}
	r.known.account, r.known.principal = acc, principal(acc)
	return r.known, nil
}

func organization(a *core.Account) string {
	if a.Key.OrganizationID != nil {
		return *a.Key.OrganizationID
	}
	if a.Team != nil && a.Team.OrganizationID != nil {
		return *a.Team.OrganizationID
	}
	return ""
}

// reading collects rows and remembers which.
type reading struct {
	ctx context.Context
	*known
	err error
}

// part reads a row that an account is made of; nil when there is none.
func part[T any](r *reading, t *store.Table[T], table string, id ...string) *T {
	if r.err != nil {
		return nil
	}
	name := table
	for _, s := range id {
		name += "/" + s
	}
	r.parts = append(r.parts, name)
	v, err := t.Get(r.ctx, id...)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		r.err = err
	}
	return v
}
