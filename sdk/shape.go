package sdk

import "github.com/sluice-gateway/sluice/hostabi/tape"

// Shape finds several members of an object in one pass. Where more than two or three members are needed this is much
// faster than Get for each.
type Shape struct {
	place []uint8 // by atom: 1 + the key's place, 0 for other atoms
}

// NewShape returns the shape of objects with those keys, up to 255. Make shapes in package variables.
func NewShape(keys ...Atom) *Shape {
	s := &Shape{}
	for i, key := range keys {
		for int(key) >= len(s.place) {
			s.place = append(s.place, 0)
		}
		s.place[key] = uint8(i + 1)
	}
	return s
}

// Read stores the values of v's members in into, which has a place for each key. Places whose key v lacks are left as
// they are.
func (s *Shape) Read(v Value, into []Value) {
	if v.Kind() != tape.Object {
		return
	}
	nodes := v.doc.doc.Nodes
	end := nodes[v.i].Next
	for i := v.i + 1; i < end; {
		n := &nodes[i]
		if int(n.Key) < len(s.place) {
			if place := s.place[n.Key]; place > 0 && int(place) <= len(into) {
				into[place-1] = Value{v.doc, i, end}
			}
		}
		i = n.Next
	}
}
