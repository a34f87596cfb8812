package config

// field declares one key of a section: its name, what it accepts, where the value goes and what it is for.
// Parsing, findings and the reference all come from it.
type field[T any] struct {
	name, want, doc string
	acted           bool   // the gateway acts on it
	secret          bool   // its value is never shown
	policy          string // for keys that protect something: what does not happen while the key is not acted on
	read            func(d *diagnosis, n *node, into *T)
}

// Consequences of a policy that is not acted on.
const (
	guardOff = "this guard does NOT run"
	limitOff = "this limit is NOT enforced"
	ruleOff  = "this rule is NOT enforced"
)

// set declares a key whose value goes to what at returns.
func set[T, V any](name string, r reader[V], at func(*T) *V, doc string) field[T] {
	return field[T]{name: name, want: r.want, doc: doc, read: func(d *diagnosis, n *node, into *T) {
		if v, ok := r.read(d, n); ok {
			*at(into) = v
		}
	}}
}

// opt is set for targets that are nil while the key is absent.
func opt[T, V any](name string, r reader[V], at func(*T) **V, doc string) field[T] {
	return field[T]{name: name, want: r.want, doc: doc, read: func(d *diagnosis, n *node, into *T) {
		if v, ok := r.read(d, n); ok {
			*at(into) = &v
		}
	}}
}

// known declares a key whose value is checked and goes nowhere yet.
func known[T, V any](name string, r reader[V], doc string) field[T] {
	return field[T]{name: name, want: r.want, doc: doc, read: func(d *diagnosis, n *node, _ *T) { r.read(d, n) }}
}

func (f field[T]) acts() field[T] { f.acted = true; return f }

func (f field[T]) hidden() field[T] { f.secret = true; return f }

func (f field[T]) guards(consequence string) field[T] { f.policy = consequence; return f }

// remark tells that a key has no effect yet. A flag that is off asks for nothing.
func (f *field[T]) remark(d *diagnosis, e entry) {
	switch {
	case f.acted, e.value.kind == boolean && !e.value.truth:
	case f.policy != "":
		d.warnf(e.at(), "read but not acted on yet: %s", f.policy)
	default:
		d.noticef(e.at(), "read but not acted on yet")
	}
}

// table declares all keys of a section.
type table[T any] []field[T]

func (t table[T]) find(key string) *field[T] {
	for i := range t {
		if t[i].name == key {
			return &t[i]
		}
	}
	return nil
}

func (t table[T]) names() []name {
	names := make([]name, len(t))
	for i, f := range t {
		names[i] = name{f.name, f.policy != ""}
	}
	return names
}

// decode reads the entries of n into a T; keys the table doesn't know go to unknown.
func (t table[T]) decode(d *diagnosis, n *node, into *T, unknown func(e entry)) {
	for _, e := range n.entries {
		f := t.find(e.key)
		if f == nil {
			unknown(e)
			continue
		}
		t.decodeField(d, f, e, into)
	}
}

func (t table[T]) decodeField(d *diagnosis, f *field[T], e entry, into *T) {
	if e.value.kind == null {
		return
	}
	e.value.secret = e.value.secret || f.secret
	f.read(d, e.value, into)
	f.remark(d, e)
}

// section decodes a settings section, where an unknown key is ignored with a warning, or refused when it looks like
// a misspelt policy.
func (t table[T]) section(d *diagnosis, n *node, into *T) {
	if n == nil || n.kind == null {
		return
	}
	if _, ok := pairs.read(d, n); ok {
		t.decode(d, n, into, func(e entry) { t.refuse(d, e) })
	}
}

func (t table[T]) refuse(d *diagnosis, e entry) {
	names := t.names()
	if near, ok := nearest(e.key, names); ok && near.policy {
		d.errorf(e.at(), "unknown key; ignoring it could switch off a protection").Suggestion = near.text
		return
	}
	d.warnf(e.at(), "unknown key, ignored").Suggestion = suggestion(e.key, names)
}

// strict decodes a section that is all policy: an unknown key is refused. It reports whether there is a mapping.
func (t table[T]) strict(d *diagnosis, n *node, into *T) bool {
	_, ok := pairs.read(d, n)
	if ok {
		t.decode(d, n, into, func(e entry) { t.unknown(d, e) })
	}
	return ok
}

func (t table[T]) unknown(d *diagnosis, e entry) {
	d.errorf(e.at(), "unknown key").Suggestion = suggestion(e.key, t.names())
}
