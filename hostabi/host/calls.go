package host

import (
	"bytes"
	"encoding/binary"
	"slices"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Limits of a call.
const (
	maxCallBody    = 16 << 20 // bytes
	maxCallHeaders = 16 << 10 // bytes of all their lines
	maxCallPath    = 8 << 10  // bytes
)

// methods are those that a guest may use.
var methods = []string{"POST", "GET", "PUT", "PATCH", "DELETE", "HEAD"}

// httpCall is the import that starts a call.
func (g *instance) httpCall(a args) {
	c, e := g.answering(a.u32(0))
	if e != 0 {
		a.err(e)
		return
	}
	if a.u32(2) != hostabi.HTTPCallSize {
		a.err(hostabi.ErrnoInvalid)
		return
	}
	desc, ok := g.view(a.u32(1), hostabi.HTTPCallSize)
	if !ok {
		a.err(hostabi.ErrnoRange)
		return
	}
	w := c.waiting()
	if w.calls >= g.plugin.limits.calls {
		a.err(hostabi.ErrnoLimit)
		return
	}
	x := w.spare()
	if e := g.describe(c, &x.fetch, words(desc)); e != 0 {
		w.keep(x)
		a.err(e)
		return
	}
	w.calls++
	a.ok(int(w.add(x)))
}

// callWords are an HTTPCall's fields.
type callWords [hostabi.HTTPCallSize / 4]uint32

func words(desc []byte) (w callWords) {
	for i := range w {
		w[i] = binary.LittleEndian.Uint32(desc[4*i:])
	}
	return w
}

// describe reads a call out of guest memory.
func (g *instance) describe(c *Context, f *Fetch, w callWords) hostabi.Errno {
	var texts [4][]byte
	for i := range texts {
		var ok bool
		if texts[i], ok = g.view(w[2*i], w[2*i+1]); !ok {
			return hostabi.ErrnoRange
		}
	}
	if len(texts[2]) > maxCallPath || len(texts[3]) > maxCallHeaders {
		return hostabi.ErrnoLimit
	}
	g.burn(int64(len(texts[2])+len(texts[3])) * quoteFuel)
	i := slices.Index(g.plugin.grants.Upstreams, string(texts[0]))
	if i < 0 {
		return hostabi.ErrnoDenied
	}
	f.Upstream = g.plugin.grants.Upstreams[i]
	if e := g.callBody(c, f, w); e != 0 {
		return e
	}
	var ok, ok2 bool
	f.Method, ok = method(texts[1], len(f.Body) > 0)
	f.Header, ok2 = headerLines(f.Header[:0], string(texts[3]))
	if !ok || !ok2 || !isPath(texts[2]) {
		return hostabi.ErrnoInvalid
	}
	f.Path = string(texts[2])
	f.Timeout = time.Duration(w[12]) * time.Millisecond
	f.MaxBytes = int(min(w[13], 1<<31-1))
	return 0
}

// callBody makes the body that the guest described.
func (g *instance) callBody(c *Context, f *Fetch, w callWords) hostabi.Errno {
	ops, lit, e := g.splice(w[8], w[9], w[10], w[11])
	if e != 0 {
		return e
	}
	var err error
	f.Body, err = tape.Splice(slices.Grow(f.Body[:0], roomFor(ops)), ops, lit, c.source, maxCallBody)
	return spliceErrno(err)
}

// roomFor is about how many bytes operations make: bodies are kept while their exchange waits, so they should have no
// more memory than they need.
func roomFor(ops []tape.Op) int {
	n := 0
	for i := range ops {
		n = min(n+int(ops[i].Len), maxCallBody)
	}
	return n + n/32
}

// method returns the name of a method in a string that lives.
func method(name []byte, body bool) (string, bool) {
	switch {
	case len(name) > 0:
		i := slices.Index(methods, string(name))
		if i < 0 {
			return "", false
		}
		return methods[i], true
	case body:
		return "POST", true
	}
	return "GET", true
}

// isPath reports whether text can stand in a request line behind a URL.
func isPath(text []byte) bool {
	if len(text) == 0 {
		return true
	}
	visible := func(b byte) bool { return b > ' ' && b < 0x7f && b != '#' }
	return text[0] == '/' && !slices.ContainsFunc(text, func(b byte) bool { return !visible(b) })
}

// headerLines appends the headers of lines "name: value".
func headerLines(list [][2]string, lines string) ([][2]string, bool) {
	for line := range strings.SplitSeq(lines, "\n") {
		if line == "" {
			continue
		}
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || !isToken(name) || !isFieldValue(value) {
			return list, false
		}
		list = append(list, [2]string{name, value})
	}
	return list, true
}

// tokenMarks are the characters besides letters and digits that may stand in a header's name.
var tokenMarks = []byte("!#$%&'*+-.^_`|~")

func isToken(name string) bool {
	for i := range len(name) {
		b := name[i]
		if (b|0x20 < 'a' || b|0x20 > 'z') && (b < '0' || b > '9') && bytes.IndexByte(tokenMarks, b) < 0 {
			return false
		}
	}
	return name != ""
}

func isFieldValue(value string) bool {
	for i := range len(value) {
		if b := value[i]; b < ' ' && b != '\t' || b == 0x7f {
			return false
		}
	}
	return true
}
