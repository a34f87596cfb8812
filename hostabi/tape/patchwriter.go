package tape

// patchWriter copies runs of neighbouring members at once: an unchanged document is one copy of bytes and one of nodes.
type patchWriter struct {
	patch       *Patch
	names       *atomTable
	dst, src    *Doc
	first, last int // the run of members of src to keep; first 0 = none
}

// members writes those members of d that stay; with absent only what dst has not.
func (w *patchWriter) members(d *Doc, absent bool) {
	w.src = d
	end := int(d.Nodes[0].Next)
	for m := 1; m < end; m = int(d.Nodes[m].Next) {
		if !w.change(m, absent) && !(absent && w.hasKey(m)) {
			w.keep(m)
		} else {
			w.flush()
		}
	}
	w.flush()
}

// change writes a member that the patch names, or leaves it out, and reports whether it was one.
func (w *patchWriter) change(m int, absent bool) bool {
	key := w.atom(w.src, m)
	if to := find(w.patch.Set, key); to != nil {
		if !absent {
			w.flush()
			w.set(to)
		}
		return true
	}
	if w.patch.drops(key) {
		return true
	}
	if to := find(w.patch.Rename, key); to != nil {
		w.flush()
		w.rename(m, to.To)
		return true
	}
	return false
}

// atom returns the atom of a member's key, also when the document was scanned before the name was interned: what a
// patch drops must not depend on that.
func (w *patchWriter) atom(d *Doc, m int) Atom {
	n := &d.Nodes[m]
	if n.Key != 0 || n.KeyLen == 0 {
		return n.Key
	}
	if n.Flags&KeyEscaped != 0 {
		return w.names.lookup([]byte(d.Key(m)))
	}
	return w.names.lookup(d.rawKey(n))
}

func (w *patchWriter) keep(m int) {
	if w.first == 0 {
		w.first = m
	}
	w.last = m
}

func (w *patchWriter) flush() {
	if w.first == 0 {
		return
	}
	w.comma()
	from, last := w.src.Nodes[w.first].KeyOff-1, &w.src.Nodes[w.last]
	_, to := last.Span()
	w.copy(w.first, int(last.Next), from, to)
	w.first = 0
}

func (w *patchWriter) comma() {
	if len(w.dst.Src) > 1 {
		w.dst.Src = append(w.dst.Src, ',')
	}
}

// copy appends a range of the source and the nodes that lie in it, moved. Differences may be negative: unsigned
// arithmetic wraps to the right result.
func (w *patchWriter) copy(first, end int, from, to uint32) {
	at := len(w.dst.Nodes)
	bytes, index := uint32(len(w.dst.Src))-from, uint32(at-first)
	w.dst.Src = append(w.dst.Src, w.src.Src[from:to]...)
	w.dst.Nodes = append(w.dst.Nodes, w.src.Nodes[first:end]...)
	moved := w.dst.Nodes[at:]
	for i := range moved {
		n := &moved[i]
		n.Off += bytes
		n.Next += index
		if n.KeyOff != 0 {
			n.KeyOff += bytes
		}
	}
}

func (w *patchWriter) rename(m int, to string) {
	if w.taken(to) {
		return
	}
	n := w.key(to)
	off, end := w.src.Nodes[m].Span()
	at := len(w.dst.Nodes)
	w.copy(m, int(w.src.Nodes[m].Next), off, end)
	moved := &w.dst.Nodes[at]
	moved.Key, moved.KeyOff, moved.KeyLen = n.Key, n.KeyOff, n.KeyLen
	moved.Flags = moved.Flags&^KeyEscaped | n.Flags
}

// set writes a member with a value of the patch. The value is scanned where it stands: it is short, and the tape of a
// prepared one would have to be copied and moved just the same.
func (w *patchWriter) set(a *Alias) {
	n := w.key(a.Key.Name())
	self, start := len(w.dst.Nodes), len(w.dst.Src)
	s := scanner{src: append(w.dst.Src, a.To...), nodes: append(w.dst.Nodes, n), names: w.names, depth: 1}
	if i := s.value(s.space(start), self); i < 0 || s.space(i) < len(s.src) {
		s.src, s.nodes = append(s.src[:start], "null"...), append(s.nodes[:self], n)
		s.literal(start, self, "null", Null)
	}
	w.dst.Src, w.dst.Nodes = s.src, s.nodes
}

// key appends a key and the colon, and returns the node that its value will get.
func (w *patchWriter) key(name string) (n Node) {
	w.comma()
	src := append(w.dst.Src, '"')
	start := len(src)
	src = append(src, name...)
	n.Key = w.names.lookup(src[start:])
	if skipPlain(src, start) < len(src) {
		src = AppendQuoted(src[:start], []byte(name))
		n.Flags = KeyEscaped
	}
	n.KeyOff, n.KeyLen = uint32(start), uint16(len(src)-start)
	w.dst.Src = append(src, '"', ':')
	return n
}

// taken reports whether the result has, or is going to have, a member that goes by name before a renamed one may.
func (w *patchWriter) taken(name string) bool {
	for i := range w.patch.Set {
		if w.patch.Set[i].Key.Name() == name {
			return true
		}
	}
	if w.has(name) {
		return true
	}
	m := w.src.Named(0, name)
	if m < 0 {
		return false
	}
	key := w.atom(w.src, m)
	return !w.patch.drops(key) && find(w.patch.Rename, key) == nil
}

// has reports whether what was written so far has a member of that name.
func (w *patchWriter) has(name string) bool {
	w.dst.Nodes[0].Next = uint32(len(w.dst.Nodes))
	return w.dst.Named(0, name) >= 0
}

// hasKey is has for the key of member m of the source.
func (w *patchWriter) hasKey(m int) bool {
	for i := 1; i < len(w.dst.Nodes); i = int(w.dst.Nodes[i].Next) {
		if sameKey(w.dst, i, w.src, m) {
			return true
		}
	}
	return false
}
