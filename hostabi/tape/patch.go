package tape

// Patch describes a change of an object's top-level members. It is made once and used for many documents.
type Patch struct {
	Drop   []Atom  // members to leave out
	Rename []Alias // members to call by another name, unless that name is there too
	Set    []Alias // not a rename: Key's value becomes To, a complete JSON value; added when absent
	Merge  *Doc    // an object whose members are added where the document has none of that name
}

// Alias pairs a key with the text that takes its place.
type Alias struct {
	Key Atom
	To  string
}

// Apply writes d with the changes of p into dst, source and tape both, without scanning again. d must be an object;
// dst's memory is reused. Dropped bytes are not in dst at all, so nothing that reads dst can see them.
func (p *Patch) Apply(dst, d *Doc) {
	w := patchWriter{dst: dst, src: d, buf: dst.Src[:0]}
	dst.Nodes = append(dst.Nodes[:0], Node{Kind: Object})
	w.buf = append(w.buf, '{')
	end := int(d.Nodes[0].Next)
	for m := 1; m < end; m = int(d.Nodes[m].Next) {
		p.member(&w, d, m)
	}
	w.flush()
	for i := range p.Set {
		if d.Get(0, p.Set[i].Key) < 0 {
			w.literal(p.Set[i].Key, p.Set[i].To)
		}
	}
	p.merge(&w, d)
	w.buf = append(w.buf, '}')
	dst.Src = w.buf
	dst.Nodes[0].Len, dst.Nodes[0].Next = uint32(len(w.buf)), uint32(len(dst.Nodes))
}

func (p *Patch) member(w *patchWriter, d *Doc, m int) {
	key := d.Nodes[m].Key
	if key == 0 {
		w.keep(m)
		return
	}
	if p.drops(key) {
		w.flush()
		return
	}
	if to := find(p.Set, key); to != nil {
		w.flush()
		w.literal(key, to.To)
		return
	}
	if to := find(p.Rename, key); to != nil {
		w.flush()
		if d.Named(0, to.To) < 0 {
			w.renamed(d, m, to.To)
		}
		return
	}
	w.keep(m)
}

func (p *Patch) merge(w *patchWriter, d *Doc) {
	if p.Merge == nil || len(p.Merge.Nodes) == 0 {
		return
	}
	own := w.src
	w.src = p.Merge
	end := int(p.Merge.Nodes[0].Next)
	for m := 1; m < end; m = int(p.Merge.Nodes[m].Next) {
		if d.Named(0, p.Merge.Key(m)) >= 0 || p.drops(p.Merge.Nodes[m].Key) || find(p.Set, p.Merge.Nodes[m].Key) != nil {
			w.flush()
			continue
		}
		w.keep(m)
	}
	w.flush()
	w.src = own
}

func (p *Patch) drops(key Atom) bool {
	for _, a := range p.Drop {
		if a == key && a != 0 {
			return true
		}
	}
	return false
}

func find(list []Alias, key Atom) *Alias {
	for i := range list {
		if list[i].Key == key && key != 0 {
			return &list[i]
		}
	}
	return nil
}

// patchWriter copies runs of neighbouring members at once: an unchanged document is one copy of bytes and one of nodes.
type patchWriter struct {
	dst, src    *Doc
	buf         []byte
	first, last int // the run of members to keep; first 0 = none
}

func (w *patchWriter) keep(m int) {
	if w.first == 0 {
		w.first = m
	}
	w.last = m
}

func (w *patchWriter) comma() {
	if len(w.buf) > 1 {
		w.buf = append(w.buf, ',')
	}
}

func (w *patchWriter) flush() {
	if w.first == 0 {
		return
	}
	w.comma()
	from := w.src.Nodes[w.first].KeyOff - 1
	_, to := w.src.Nodes[w.last].Span()
	nodes := w.src.Nodes[w.first:w.src.Nodes[w.last].Next]
	w.nodes(nodes, uint32(len(w.buf))-from, uint32(len(w.dst.Nodes))-uint32(w.first))
	w.buf = append(w.buf, w.src.Src[from:to]...)
	w.first = 0
}

// nodes copies nodes and moves them; the differences may be negative, unsigned arithmetic wraps to the right result.
func (w *patchWriter) nodes(nodes []Node, bytes, index uint32) {
	at := len(w.dst.Nodes)
	w.dst.Nodes = append(w.dst.Nodes, nodes...)
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

func (w *patchWriter) literal(key Atom, value string) {
	w.comma()
	n := Node{Key: key, KeyOff: uint32(len(w.buf) + 1), KeyLen: uint16(len(key.Name()))}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, key.Name()...)
	w.buf = append(w.buf, '"', ':')
	var d Doc
	if d.Scan([]byte(value)) != nil {
		d.Src, d.Nodes = []byte("null"), []Node{{Kind: Null, Len: 4, Next: 1}}
	}
	w.graft(&d, n)
}

func (w *patchWriter) renamed(d *Doc, m int, to string) {
	w.comma()
	n := Node{Key: Lookup([]byte(to)), KeyOff: uint32(len(w.buf) + 1), KeyLen: uint16(len(to))}
	w.buf = append(w.buf, '"')
	w.buf = append(w.buf, to...)
	w.buf = append(w.buf, '"', ':')
	off, end := d.Nodes[m].Span()
	at := len(w.dst.Nodes)
	w.nodes(d.Nodes[m:d.Nodes[m].Next], uint32(len(w.buf))-off, uint32(at)-uint32(m))
	w.rekey(at, n)
	w.buf = append(w.buf, d.Src[off:end]...)
}

// graft appends a whole document as the value of the member n describes.
func (w *patchWriter) graft(d *Doc, n Node) {
	off, end := d.Nodes[0].Span()
	at := len(w.dst.Nodes)
	w.nodes(d.Nodes, uint32(len(w.buf))-off, uint32(at))
	w.rekey(at, n)
	w.buf = append(w.buf, d.Src[off:end]...)
}

func (w *patchWriter) rekey(at int, n Node) {
	m := &w.dst.Nodes[at]
	m.Key, m.KeyOff, m.KeyLen = n.Key, n.KeyOff, n.KeyLen
	m.Flags &^= KeyEscaped
}
