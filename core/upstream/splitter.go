package upstream

import "bytes"

// Framing says how a streamed body is cut into events.
type Framing uint8

const (
	SSE    Framing = iota // server-sent events as WHATWG defines them
	NDJSON                // one document per line, blank lines skipped
)

// Event is one event of a stream. Its slices are borrowed until the next Next.
type Event struct {
	Name []byte // the event field, empty for the default
	Data []byte // the data lines joined by \n; for NDJSON the line
	ID   []byte // the id this event carries itself
}

// splitter cuts events out of a growing buffer. Offsets count from the buffer's front, which is where the next event
// begins, so the buffer may move or grow between calls.
type splitter struct {
	ev      Event // the last one found
	framing Framing
	begun   bool // past a byte order mark
	skipLF  bool // the last line ended in CR: an LF next belongs to it
	pos     int  // start of the first unread line
	lf, cr  finder

	hasData  bool
	data     span
	name, id field
}

// next looks for the first event of buf and leaves it in s.ev. used is what of buf is spent: drop it before the next
// call, but keep it in place as long as the event is in use. last says that nothing follows buf. Joining data lines
// changes buf.
func (s *splitter) next(buf []byte, last bool) (used int, ok bool) {
	if !s.begun && !s.skipBOM(buf, last) {
		return 0, false
	}
	for {
		from, to, found := s.line(buf, last)
		if !found {
			break
		}
		if s.framing == NDJSON {
			ok = s.document(buf, from, to)
		} else {
			ok = s.take(buf, from, to)
		}
		if ok {
			break
		}
		if s.fresh() {
			used += s.pos
			buf = buf[s.pos:]
			s.restart()
		}
	}
	if !ok && (!last || !s.hasData) {
		return used, false
	}
	s.ev = Event{Name: s.name.of(buf), Data: s.data.of(buf), ID: s.id.of(buf)}
	used += s.pos
	s.restart()
	return used, true
}

// skipBOM reports whether enough has come to decide.
func (s *splitter) skipBOM(buf []byte, last bool) bool {
	const bom = "\xef\xbb\xbf"
	n := min(len(buf), len(bom))
	like := string(buf[:n]) == bom[:n]
	if like && n < len(bom) && !last {
		return false
	}
	s.begun = true
	if like && n == len(bom) {
		s.pos = n
	}
	return true
}

// line takes the next complete line off buf. It ends at LF, CR or CRLF; in NDJSON, where a CR may stand between two
// tokens, only at LF.
func (s *splitter) line(buf []byte, last bool) (from, to int, ok bool) {
	if s.skipLF && s.pos < len(buf) {
		s.skipLF = false
		if buf[s.pos] == '\n' {
			s.pos++
		}
	}
	from, to = s.pos, s.lf.next(buf, s.pos, '\n')
	if s.framing == SSE {
		if cr := s.cr.next(buf[:to], s.pos, '\r'); cr < to {
			s.pos, s.skipLF = cr+1, true
			return from, cr, true
		}
	}
	switch {
	case to < len(buf):
		s.pos = to + 1
	case last && from < to:
		s.pos = to
	default:
		return 0, 0, false
	}
	return from, to, true
}

// take reads one line of an event stream and reports whether it completes an event: an empty one does, if there is
// data.
func (s *splitter) take(buf []byte, from, to int) bool {
	line := buf[from:to]
	if len(line) == 0 {
		if !s.hasData {
			s.forget()
		}
		return s.hasData
	}
	const longest = len("event:")
	colon := bytes.IndexByte(line[:min(len(line), longest)], ':')
	label, value := line, span{to, to}
	if colon >= 0 {
		label, value.from = line[:colon], from+colon+1
		if value.from < to && buf[value.from] == ' ' {
			value.from++
		}
	}
	switch string(label) {
	case "data":
		s.append(buf, value)
	case "event":
		s.name = field{span: value}
	case "id":
		if bytes.IndexByte(value.of(buf), 0) < 0 {
			s.id = field{span: value}
		}
	}
	return false
}

// append joins a data line to those before it, in place: it moves over its own field name.
func (s *splitter) append(buf []byte, value span) {
	if !s.hasData {
		s.hasData, s.data = true, value
		return
	}
	s.name.rescue(buf, s.data.to)
	s.id.rescue(buf, s.data.to)
	buf[s.data.to] = '\n'
	s.data.to++
	s.data.to += copy(buf[s.data.to:], value.of(buf))
}

// document reads one line of NDJSON.
func (s *splitter) document(buf []byte, from, to int) bool {
	for from < to && isSpace(buf[from]) {
		from++
	}
	for from < to && isSpace(buf[to-1]) {
		to--
	}
	s.data = span{from, to}
	return from < to
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\r' }

// fresh: nothing of the next event was seen, so what was read can go.
func (s *splitter) fresh() bool { return !s.hasData && s.name.to == 0 && s.id.to == 0 }

func (s *splitter) forget() { s.hasData, s.data, s.name, s.id = false, span{}, field{}, field{} }

// restart makes the first unread line the front of the buffer.
func (s *splitter) restart() {
	s.forget()
	s.lf.at -= s.pos
	s.cr.at -= s.pos
	s.pos = 0
}

type span struct{ from, to int }

func (s span) of(buf []byte) []byte { return buf[s.from:s.to:s.to] }

// field is a value in the buffer, or a copy of it.
type field struct {
	span
	copied []byte
}

func (f *field) of(buf []byte) []byte {
	if f.copied != nil {
		return f.copied
	}
	return f.span.of(buf)
}

// rescue copies a value that joining would write over: one between two data lines, which hardly a server sends.
func (f *field) rescue(buf []byte, end int) {
	if f.copied == nil && f.from > end {
		f.copied = append([]byte{}, f.span.of(buf)...)
	}
}

// finder remembers how far a byte was searched for, so that each place is looked at once: buf[pos:at] has none.
type finder struct{ at int }

func (f *finder) next(buf []byte, pos int, c byte) int {
	f.at = max(f.at, pos)
	if f.at < len(buf) && buf[f.at] != c {
		if i := bytes.IndexByte(buf[f.at:], c); i >= 0 {
			f.at += i
		} else {
			f.at = len(buf)
		}
	}
	return f.at
}
