package tape

// uniqueKeys finds a key that an object has twice: through a filter and looking back while there are few, by a map
// when there are many.
type uniqueKeys struct {
	filter uint64 // bit atom mod 64 of each key so far; unknown names share bit 0
	count  int
	many   map[string]struct{}
}

const fewKeys = 64

// add notes the key of the node that was just added to the object, and reports whether it is new.
func (u *uniqueKeys) add(s *scanner, object, member int) bool {
	if u.count++; u.count > fewKeys {
		return u.addMany(s, object, member)
	}
	key := s.nodes[member].Key
	bit := uint64(1) << (key & 63)
	if u.filter&bit == 0 {
		u.filter |= bit
		return true
	}
	return !s.hasKey(object, member)
}

func (u *uniqueKeys) addMany(s *scanner, object, member int) bool {
	d := Doc{Src: s.src, Nodes: s.nodes}
	if u.many == nil {
		u.many = make(map[string]struct{}, 4*fewKeys)
		for i := object + 1; i < member; i = int(d.Nodes[i].Next) {
			u.many[d.Key(i)] = struct{}{}
		}
	}
	key := d.Key(member)
	if _, twice := u.many[key]; twice {
		return false
	}
	u.many[key] = struct{}{}
	return true
}

// hasKey reports whether an earlier member has the key. Only names without an atom need their text compared.
func (s *scanner) hasKey(object, member int) bool {
	d := Doc{Src: s.src, Nodes: s.nodes}
	n := &s.nodes[member]
	for i := object + 1; i < member; i = int(s.nodes[i].Next) {
		if s.nodes[i].Key == n.Key && (n.Key != 0 || sameKey(&d, i, &d, member)) {
			return true
		}
	}
	return false
}

// sameKey compares the decoded keys of a member of d and a member of e.
func sameKey(d *Doc, i int, e *Doc, j int) bool {
	a, b := &d.Nodes[i], &e.Nodes[j]
	if (a.Flags|b.Flags)&KeyEscaped != 0 {
		return d.Key(i) == e.Key(j)
	}
	return string(d.rawKey(a)) == string(e.rawKey(b))
}
