package main

import (
	"bufio"
	"bytes"
	"net"
	"runtime/debug"
	"time"

	"github.com/valyala/fasthttp"
)

// maxRequest bounds a request body in bytes.
const maxRequest = 16 << 20

// serveMock answers on ln as an OpenAI and an Anthropic upstream until ln closes.
func serveMock(ln net.Listener) error {
	debug.SetGCPercent(400)
	for {
		conn, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer conn.Close()
			m := mockConn{conn: conn, br: bufio.NewReaderSize(conn, 8<<10)}
			m.serve()
		}()
	}
}

// mockConn serves one connection. It keeps the last reply it built: a connection seldom sees two sizes.
type mockConn struct {
	conn  net.Conn
	br    *bufio.Reader
	req   fasthttp.Request
	wire  *wire
	size  int
	reply []byte
}

// serve ends at the first error: the peer then sees its connection close, which the generator counts as a failure.
func (m *mockConn) serve() {
	for m.req.ReadLimitBody(m.br, maxRequest) == nil {
		if m.answer(m.req.Header.RequestURI(), m.req.Body()) != nil {
			return
		}
	}
}

func (m *mockConn) answer(path, body []byte) error {
	switch string(path) {
	case "/v1/chat/completions":
		return m.complete(&openAIWire, body)
	case "/v1/messages":
		return m.complete(&anthropicWire, body)
	case "/v1/embeddings":
		return m.write(embeddingReply)
	}
	return m.write(notFoundReply)
}

func (m *mockConn) complete(w *wire, body []byte) error {
	s, err := parseSettings(stringField(body, `"model"`))
	if err != nil {
		return m.write(badModelReply)
	}
	time.Sleep(s.delay)
	if isTrue(body, `"stream"`) {
		return m.stream(w, s, isTrue(body, `"include_usage"`))
	}
	if m.wire != w || m.size != s.size {
		m.wire, m.size, m.reply = w, s.size, w.replyOf(s.size)
	}
	return m.write(m.reply)
}

// stream sends every event in a TCP write of its own, as vendors do.
func (m *mockConn) stream(w *wire, s settings, usage bool) error {
	if err := m.write(w.before...); err != nil {
		return err
	}
	due := time.Now()
	for range s.events {
		due = due.Add(s.gap)
		if s.gap > 0 {
			time.Sleep(time.Until(due))
		}
		if err := m.write(w.delta); err != nil {
			return err
		}
	}
	if usage {
		return m.write(w.afterWithUsage...)
	}
	return m.write(w.after...)
}

func (m *mockConn) write(pieces ...[]byte) error {
	for _, p := range pieces {
		if _, err := m.conn.Write(p); err != nil {
			return err
		}
	}
	return nil
}

// valueOf returns what follows a quoted key and its colon. The first match will do: inside JSON strings the quotes
// are escaped, so prompts cannot hold one.
func valueOf(body []byte, key string) []byte {
	_, rest, _ := bytes.Cut(body, []byte(key))
	value, ok := bytes.CutPrefix(bytes.TrimLeft(rest, " "), []byte(":"))
	if !ok {
		return nil
	}
	return bytes.TrimLeft(value, " ")
}

func isTrue(body []byte, key string) bool {
	return bytes.HasPrefix(valueOf(body, key), []byte("true"))
}

func stringField(body []byte, key string) string {
	value, ok := bytes.CutPrefix(valueOf(body, key), []byte(`"`))
	end := bytes.IndexByte(value, '"')
	if !ok || end < 0 {
		return ""
	}
	return string(value[:end])
}
