package tape

import (
	"errors"
)

// Patch describes a change of an object's top-level members. It is made once and used for many documents, also at
// the same time.
//
// The members of the document come first, then those of Set and of Merge that it has not. Set goes before Drop, and
// Drop before Rename. Of two members that would get one name the earlier stays, but one that has the name already
// stays before one that would be renamed to it.
type Patch struct {
	Drop   []Atom  // members to leave out, those of Merge too
	Rename []Alias // members to call To, a name as it reads without escapes
	Set    []Alias // not a rename: Key's value becomes To, a complete JSON value; the member is added when absent
	Merge  *Doc    // an object whose members are added where the result has none of that name
}

// Alias pairs a key with the text that takes its place.
type Alias struct {
	Key Atom
	To  string
}

// SetText returns an Alias for Patch.Set that gives the member a string value.
func SetText(key Atom, text string) Alias {
	return Alias{key, `"` + string(AppendQuoted(nil, []byte(text))) + `"`}
}

// Check reports what Apply would have to put right: a Set value that is not JSON, a name that is too long, a Merge
// that is not an object. Call it where the patch is made.
func (p *Patch) Check() error {
	var d Doc
	for _, a := range p.Set {
		if a.Key == 0 {
			return errors.New("set: no key")
		}
		if err := d.Scan([]byte(a.To)); err != nil {
			return errors.New("set " + a.Key.Name() + ": " + err.Error())
		}
	}
	for _, a := range p.Rename {
		if len(a.To) == 0 || len(a.To) > MaxAtomLen {
			return errors.New("rename " + a.Key.Name() + ": " + ErrAtomLength.Error())
		}
	}
	if p.Merge != nil && !p.Merge.isObject() {
		return errors.New("merge: not an object")
	}
	return nil
}

// Apply writes d with the changes of p into dst, source and tape both, without scanning again. dst's memory is reused;
// it must be neither d nor Merge. Dropped bytes are not in dst at all, so nothing that reads dst can see them. A
// document that is not an object is copied as it is.
func (p *Patch) Apply(dst, d *Doc) {
	if !d.isObject() {
		dst.Src, dst.Nodes = append(dst.Src[:0], d.Src...), append(dst.Nodes[:0], d.Nodes...)
		return
	}
	w := patchWriter{patch: p, dst: dst, names: vocabulary.table.Load()}
	dst.Src = append(dst.Src[:0], '{')
	dst.Nodes = append(dst.Nodes[:0], Node{Kind: Object})
	w.members(d, false)
	for i := range p.Set {
		if a := &p.Set[i]; a.Key != 0 && !w.has(a.Key.Name()) {
			w.set(a)
		}
	}
	if p.Merge.isObject() {
		w.members(p.Merge, true)
	}
	dst.Src = append(dst.Src, '}')
	dst.Nodes[0].Len, dst.Nodes[0].Next = uint32(len(dst.Src)), uint32(len(dst.Nodes))
}

func (p *Patch) drops(key Atom) bool {
	for _, a := range p.Drop {
		if a == key {
			return key != 0
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

func (d *Doc) isObject() bool { return d != nil && len(d.Nodes) > 0 && d.Nodes[0].Kind == Object }
