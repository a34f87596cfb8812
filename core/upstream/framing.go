package upstream

import (
	"bytes"
	"errors"
)

// note keeps what decides about framing and reuse.
func (h *head) note(name, value []byte) error {
	switch len(name) {
	case len("Connection"):
		if equalFold(name, "Connection") {
			h.connection(value)
		}
	case len("Content-Type"):
		if equalFold(name, "Content-Type") {
			h.mediaIdx = len(h.lines) - 1
		}
	case len("Content-Length"):
		if equalFold(name, "Content-Length") {
			return h.contentLength(value)
		}
	case len("Content-Encoding"):
		if equalFold(name, "Content-Encoding") {
			return h.contentEncoding()
		}
	case len("Transfer-Encoding"):
		if equalFold(name, "Transfer-Encoding") {
			return h.transferEncoding(value)
		}
	}
	return nil
}

func (h *head) connection(value []byte) {
	for len(value) > 0 {
		var option []byte
		option, value, _ = bytes.Cut(value, comma)
		option = bytes.Trim(option, " \t")
		h.close = h.close || equalFold(option, "close")
		h.keep = h.keep || equalFold(option, "keep-alive")
	}
}

func (h *head) contentLength(value []byte) error {
	if len(value) == 0 || len(value) > 18 {
		return errHeadLength
	}
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' {
			return errHeadLength
		}
		n = n*10 + int64(c-'0')
	}
	if h.length >= 0 && h.length != n {
		return errHeadLength
	}
	h.length = n
	return nil
}

func (h *head) contentEncoding() error {
	if h.codeIdx >= 0 {
		return errHeadEncoding
	}
	h.codeIdx = len(h.lines) - 1
	return nil
}

func (h *head) transferEncoding(value []byte) error {
	if h.chunked || !equalFold(value, "chunked") {
		return errHeadEncoding
	}
	h.chunked = true
	return nil
}

// bodyless replies end with their head, whatever their headers say.
func (h *head) bodyless(method string) bool {
	return method == "HEAD" || h.status == 204 || h.status == 304
}

// persistent reports whether another request may follow on the connection. A reply with both framings was put together
// by two parties that disagree; what follows it can't be trusted.
func (h *head) persistent() bool {
	if h.chunked && (h.length >= 0 || h.http10) {
		return false
	}
	return !h.close && (!h.http10 || h.keep)
}

var (
	comma = []byte(",")

	errHeadLength   = errors.New("malformed or contradictory Content-Length")
	errHeadEncoding = errors.New("unknown or repeated encoding")
)
