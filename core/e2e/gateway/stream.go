package gateway

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
)

// Stream is a streamed answer, read event by event.
type Stream struct {
	Header http.Header

	body   io.ReadCloser
	read   *bufio.Reader
	cancel context.CancelFunc
}

// Stream sends a request whose answer is streamed. It must be closed.
func (g *Gateway) Stream(path, body string, headers ...string) *Stream {
	g.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	req, err := http.NewRequestWithContext(ctx, "POST", g.URL+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := g.client.Do(req)
	if err != nil {
		cancel()
		g.t.Fatalf("POST %s: %v\n%s", path, err, g.log.tail())
	}
	if media := res.Header.Get("Content-Type"); res.StatusCode != 200 || !strings.HasPrefix(media, "text/event-stream") {
		text, _ := io.ReadAll(res.Body)
		cancel()
		g.t.Fatalf("POST %s: answered %d %s %s", path, res.StatusCode, media, text)
	}
	return &Stream{res.Header, res.Body, bufio.NewReader(res.Body), cancel}
}

// Next waits for the next event's data; ok is false at the end of the answer. An answer that breaks off is an error.
func (s *Stream) Next() (data string, ok bool, err error) {
	for {
		line, err := s.read.ReadString('\n')
		if errors.Is(err, io.EOF) && line == "" {
			return "", false, nil
		}
		if err != nil {
			return "", false, err
		}
		if data, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "data: "); ok {
			return data, true, nil
		}
	}
}

// Rest reads all events that are left.
func (s *Stream) Rest() (events []string, err error) {
	for {
		data, ok, err := s.Next()
		if err != nil || !ok {
			return events, err
		}
		events = append(events, data)
	}
}

// Close leaves, whether the answer has ended or not.
func (s *Stream) Close() {
	s.cancel()
	s.body.Close()
}
