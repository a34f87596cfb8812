package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httputil"
	"time"

	"github.com/valyala/fasthttp"
)

var errClosing = errors.New("the target closes its connections; reconnecting would be measured")

// client is one HTTP/1.1 connection that costs little, as it shares the machine with what it measures.
type client struct {
	conn   net.Conn
	br     *bufio.Reader
	resp   fasthttp.Response
	events *bufio.Reader // over the body of the stream being read
}

// dial connects to addr; every read and write fails after the deadline.
func dial(addr string, deadline time.Time) (*client, error) {
	conn, err := net.DialTimeout("tcp", addr, 10*time.Second)
	if err != nil {
		return nil, fmt.Errorf("connecting: %w", err)
	}
	if err := conn.SetDeadline(deadline); err != nil {
		conn.Close()
		return nil, fmt.Errorf("setting the deadline: %w", err)
	}
	return &client{conn: conn, br: bufio.NewReaderSize(conn, 8<<10), events: bufio.NewReaderSize(nil, 4<<10)}, nil
}

// exchange sends a request and returns the body of the answer, valid until the next call. Any status but 200 and an
// empty body are errors.
func (c *client) exchange(request []byte) ([]byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return nil, fmt.Errorf("sending: %w", err)
	}
	if err := c.resp.Read(c.br); err != nil {
		return nil, fmt.Errorf("reading the answer: %w", err)
	}
	body := c.resp.Body()
	switch {
	case c.resp.StatusCode() != fasthttp.StatusOK:
		return nil, fmt.Errorf("status %d: %.300s", c.resp.StatusCode(), body)
	case c.resp.ConnectionClose():
		return nil, errClosing
	case len(body) == 0:
		return nil, errors.New("empty body")
	}
	return body, nil
}

// openStream sends a request for a stream, which nextEvent then reads. Any status but 200 is an error.
func (c *client) openStream(request []byte) error {
	if _, err := c.conn.Write(request); err != nil {
		return fmt.Errorf("sending: %w", err)
	}
	head := &c.resp.Header
	if err := head.Read(c.br); err != nil {
		return fmt.Errorf("reading the head of the stream: %w", err)
	}
	switch {
	case head.StatusCode() != fasthttp.StatusOK:
		start, _ := c.br.Peek(min(max(head.ContentLength(), 0), 300)) // less will do for the message
		return fmt.Errorf("status %d: %s", head.StatusCode(), start)
	case head.ConnectionClose():
		return errClosing
	case head.ContentLength() != -1:
		return errors.New("the stream is not chunked")
	}
	c.events.Reset(httputil.NewChunkedReader(c.br))
	return nil
}

// nextEvent returns the data of the next event, valid until the next call, and io.EOF after a body that ended well.
func (c *client) nextEvent() ([]byte, error) {
	for {
		line, err := c.events.ReadSlice('\n')
		if err == io.EOF {
			return nil, c.endBody()
		}
		if err != nil {
			return nil, fmt.Errorf("reading the stream: %w", err)
		}
		if data, ok := bytes.CutPrefix(line, []byte("data:")); ok {
			return bytes.TrimSpace(data), nil
		}
	}
}

// endBody reads the empty trailer, which the chunked reader leaves behind.
func (c *client) endBody() error {
	line, err := c.br.ReadSlice('\n')
	if err != nil || len(line) > 2 {
		return fmt.Errorf("reading the end of the stream: %q: %w", line, errors.Join(err, io.ErrUnexpectedEOF))
	}
	return io.EOF
}
