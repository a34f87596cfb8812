package guard

import (
	"math"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// texts collects the text of a document that a guard may see, and where it lies. It is used again and again.
type texts struct {
	host.Text
	places []place // in the order of the document

	doc   *tape.Doc
	roles [5]bool
	// Where the walk is.
	role   hostabi.Role
	choice uint16
	call   uint16    // index of the tool call
	field  tape.Atom // member of the message
	tool   int       // node of the tool's name, -1 = none
}

type placeKind uint8

const (
	placeText     placeKind = iota
	placeLogprobs           // tells the tokens of the choice's text once more
	placeFinish             // says that the choice is complete
)

// place is a value of the document that concerns guards.
type place struct {
	kind    placeKind
	choice  uint16
	call    uint16
	field   tape.Atom
	node    int
	segment int // index in Segments, of text
}

// read collects the text of a request (output false) or of a response or stream event (output true). roles are those whose
// text is wanted, by hostabi.Role.
func (t *texts) read(d *tape.Doc, e core.Endpoint, output bool, roles [5]bool) {
	t.reset()
	t.doc, t.roles = d, roles
	if !known(e) {
		return
	}
	list := surfaces[e].input
	if output {
		list = surfaces[e].output
	}
	for i := range list {
		if m := d.Get(0, list[i].key); m >= 0 {
			t.field = list[i].key
			list[i].walk(t, m)
		}
	}
}

func (t *texts) reset() {
	*t = texts{Text: host.Text{Src: keep(t.Src), Segments: keep(t.Segments)}, places: keep(t.places), tool: -1}
}

// add takes in the text of a string.
func (t *texts) add(node int, part hostabi.Part) {
	n := &t.doc.Nodes[node]
	if !t.roles[t.role] || n.Len == 0 {
		return
	}
	t.places = append(t.places, place{choice: t.choice, call: t.call, field: t.field, node: node, segment: len(t.Segments)})
	s := hostabi.Segment{Off: uint32(len(t.Src)), ID: uint32(len(t.Segments)), Choice: t.choice, Role: t.role, Part: part,
		Flags: hostabi.SegmentFinal}
	t.Src = appendString(t.Src, t.doc, n)
	s.Len = uint32(len(t.Src)) - s.Off
	if t.tool >= 0 && t.doc.Nodes[t.tool].Kind == tape.String {
		s.NameOff = uint32(len(t.Src))
		t.Src = appendString(t.Src, t.doc, &t.doc.Nodes[t.tool])
		s.NameLen = uint16(min(uint32(len(t.Src))-s.NameOff, math.MaxUint16))
	}
	t.Segments = append(t.Segments, s)
}

// appendString appends what a string says.
func appendString(dst []byte, d *tape.Doc, n *tape.Node) []byte {
	inside := d.Src[n.Off : n.Off+n.Len]
	if n.Flags&tape.Escaped == 0 {
		return append(dst, inside...)
	}
	return tape.AppendUnquoted(dst, inside)
}

// mark notes a value that depends on the text of its choice; null says nothing.
func (t *texts) mark(kind placeKind, node int) {
	if t.doc.Nodes[node].Kind != tape.Null {
		t.places = append(t.places, place{kind: kind, choice: t.choice, node: node})
	}
}

// first and end bound the children of a list or object; of anything else there are none.
func (t *texts) first(node int) int { return node + 1 }

func (t *texts) end(node int) int {
	switch n := &t.doc.Nodes[node]; n.Kind {
	case tape.Array, tape.Object:
		return int(n.Next)
	}
	return 0
}

// number reads an index that fits 16 bits, else it is the one given.
func (t *texts) number(node, otherwise int) int {
	if n, ok := t.doc.Int(node); ok && n >= 0 && n <= math.MaxUint16 {
		return int(n)
	}
	return otherwise
}
