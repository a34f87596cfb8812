package upstream

import (
	"bytes"
	"errors"
)

const maxHeaderLines = 256

// head is a parsed response head: a copy of its bytes and an index of its lines.
type head struct {
	raw   []byte
	lines []headerLine

	status   int
	http10   bool
	close    bool
	keep     bool
	chunked  bool
	length   int64 // -1 when not given
	mediaIdx int   // line of Content-Type, -1 without
	codeIdx  int   // line of Content-Encoding, -1 without
}

// headerLine holds offsets into head.raw.
type headerLine struct{ name, nameEnd, value, valueEnd uint32 }

func (h *head) at(i int) (name, value []byte) {
	l := h.lines[i]
	return h.raw[l.name:l.nameEnd:l.nameEnd], h.raw[l.value:l.valueEnd:l.valueEnd]
}

func (h *head) valueAt(i int) []byte {
	if i < 0 {
		return nil
	}
	_, v := h.at(i)
	return v
}

func (h *head) find(name string) []byte {
	for i := range h.lines {
		if n, v := h.at(i); equalFold(n, name) {
			return v
		}
	}
	return nil
}

// headEnd finds the end of the blank line that closes a head; -1 when it hasn't come. from is where to look, and where
// to go on with more bytes: each byte is searched once.
func headEnd(buf []byte, from *int) int {
	for {
		i := bytes.IndexByte(buf[*from:], '\n')
		if i < 0 {
			*from = len(buf)
			return -1
		}
		i += *from
		switch rest := buf[i+1:]; {
		case len(rest) > 0 && rest[0] == '\n':
			return i + 2
		case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
			return i + 3
		case len(rest) == 0, len(rest) == 1 && rest[0] == '\r':
			*from = i
			return -1
		}
		*from = i + 1
	}
}

// startsLikeHTTP reports whether buf can still become a reply, so that other protocols fail without a wait.
func startsLikeHTTP(buf []byte) bool {
	const start = "HTTP/1."
	n := min(len(buf), len(start))
	return string(buf[:n]) == start[:n]
}

// parse reads one complete head, blank line included.
func (h *head) parse(block []byte) error {
	*h = head{raw: append(h.raw[:0], block...), lines: h.lines[:0], length: -1, mediaIdx: -1, codeIdx: -1}
	line, next := h.line(0)
	if err := h.statusLine(line); err != nil {
		return err
	}
	for {
		at := next
		if line, next = h.line(at); len(line) == 0 {
			return nil
		}
		if len(h.lines) == maxHeaderLines {
			return errHeadLines
		}
		if err := h.headerLine(line, at); err != nil {
			return err
		}
	}
}

func (h *head) line(at int) (line []byte, next int) {
	i := bytes.IndexByte(h.raw[at:], '\n')
	if i < 0 {
		return nil, len(h.raw)
	}
	line = h.raw[at : at+i]
	if i > 0 && line[i-1] == '\r' {
		line = line[:i-1]
	}
	return line, at + i + 1
}

func (h *head) statusLine(line []byte) error {
	const least = len("HTTP/1.1 200")
	if len(line) < least || !startsLikeHTTP(line) || line[8] != ' ' || (len(line) > least && line[least] != ' ') {
		return errHeadStatus
	}
	for _, c := range line[9:least] {
		if c < '0' || c > '9' {
			return errHeadStatus
		}
		h.status = h.status*10 + int(c-'0')
	}
	if (line[7] != '0' && line[7] != '1') || h.status < 100 || !validValue(line) {
		return errHeadStatus
	}
	h.http10 = line[7] == '0'
	return nil
}

// headerLine also refuses folded lines: they begin with a space, which no name does.
func (h *head) headerLine(line []byte, at int) error {
	colon := bytes.IndexByte(line, ':')
	if colon < 1 || !isToken(line[:colon]) {
		return errHeadLine
	}
	from, to := colon+1, len(line)
	for from < to && isBlank(line[from]) {
		from++
	}
	for from < to && isBlank(line[to-1]) {
		to--
	}
	value := line[from:to]
	if !validValue(value) {
		return errHeadLine
	}
	h.lines = append(h.lines, headerLine{uint32(at), uint32(at + colon), uint32(at + from), uint32(at + to)})
	return h.note(line[:colon], value)
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

var (
	errHeadStatus  = errors.New("malformed status line")
	errHeadLine    = errors.New("malformed header line")
	errHeadLines   = errors.New("too many header lines")
	errHeadSize    = errors.New("endless headers")
	errHeadUpgrade = errors.New("switches protocols unasked")
)
