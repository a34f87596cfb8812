//go:build !wasip1

package sdk

import (
	"crypto/rand"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Host is the other side when a plugin runs natively, as in tests; package sdktest implements it.
type Host interface {
	Attr(name tape.Atom) (string, bool)
	Parse(src []byte) (id uint32, doc *tape.Doc)
	Emit(kind hostabi.Output, ops []tape.Op, lit []byte) error
	Set(what hostabi.Setting, name, value string) error
	Fail(class hostabi.Class, status int, message string)
	Usage(counters [hostabi.UsageCounters]uint32)
	Log(level int, message string)
}

var native Host

// Attach makes h the host of a plugin that runs natively. Exchanges then go through Dispatch, one at a time.
func Attach(h Host) { native = h }

// Configure runs the plugin's Configure hook; the result is that of sluice_configure.
func Configure(config []byte) int32 { return configure(config) }

// Dispatch carries one event to the registered plugin, as the export sluice_event does in a guest.
func Dispatch(ctx uint32, event hostabi.Event, header hostabi.Header, doc *tape.Doc) hostabi.Result {
	if doc == nil {
		doc = &tape.Doc{}
	}
	arrived = arrival{ctx: ctx, event: event, header: header, nodes: doc.Nodes, src: doc.Src}
	return dispatch(&arrived)
}

func hostAtom(name string) int32 {
	a, err := tape.Intern(name)
	if err != nil {
		return -int32(hostabi.ErrnoInvalid)
	}
	return int32(a)
}

func hostAttr(_ uint32, name Atom) string {
	v, ok := native.Attr(name)
	if !ok {
		return ""
	}
	return v
}

func hostEmit(_ uint32, kind hostabi.Output, ops []tape.Op, lit []byte) int32 {
	if err := native.Emit(kind, ops, lit); err != nil {
		return -int32(hostabi.ErrnoRange)
	}
	return 0
}

func hostSet(_ uint32, what hostabi.Setting, name, value string) {
	if err := native.Set(what, name, value); err != nil {
		panic("sdk: the host refused the setting " + name + ": " + err.Error())
	}
}

// hostRepeat does nothing: natively every event reaches the plugin.
func hostRepeat(_, _, _ uint32) {}

func hostFail(_ uint32, class hostabi.Class, status int, message string) {
	native.Fail(class, status, message)
}

func hostUsage(_ uint32, counters *[hostabi.UsageCounters]uint32) { native.Usage(*counters) }

func hostNow() int64 { return time.Now().UnixNano() }

func hostRandom(b []byte) { rand.Read(b) }

func hostLog(level int, message string) {
	if native != nil {
		native.Log(level, message)
	}
}

func (d *Document) bytes(off, n uint32) []byte { return d.doc.Src[off : off+n] }

func (d *Document) text(off, n uint32) []byte { return tape.AppendUnquoted(nil, d.doc.Src[off:off+n]) }

func (d *Document) parse(off, n uint32) *Document {
	id, doc := native.Parse(d.text(off, n))
	if doc == nil {
		return nil
	}
	return &Document{id: id, ctx: d.ctx, doc: *doc}
}
