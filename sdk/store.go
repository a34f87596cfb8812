package sdk

// Store keeps values between events and exchanges, for all instances of the plugin. The manifest says how many bytes in
// needs.kv.
type Store struct {
	ctx   uint32
	scope Scope
}

// KV returns the values of a scope: ScopeRequest, ScopeKey or ScopeGlobal.
func (e *Exchange) KV(scope Scope) Store { return Store{e.ctx, scope} }

// Get returns a value, false when there is none.
func (s Store) Get(key string) (string, bool) { return hostKVGet(s.ctx, s.scope, key) }

// Set stores a value for a time in milliseconds, 0 = as long as the process and the quota allow. The error is ErrFull when
// the quota is used up.
func (s Store) Set(key, value string, milliseconds int) error {
	return refused(hostKVSet(s.ctx, s.scope, key, value, milliseconds))
}

// Delete removes a value and reports whether there was one.
func (s Store) Delete(key string) bool { return hostKVDelete(s.ctx, s.scope, key) > 0 }

// Add adds to a counter and returns its new value. A counter begins at 0 and lives for a time in milliseconds from then.
func (s Store) Add(key string, delta int64, milliseconds int) (int64, error) {
	n, result := hostKVAdd(s.ctx, s.scope, key, delta, milliseconds)
	return n, refused(result)
}
