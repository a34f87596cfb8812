package gateway

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
)

// Reply is an answer of the gateway, read to its end.
type Reply struct {
	Status int
	Header http.Header
	Body   []byte
}

// Error is the envelope that errors come in.
type Error struct {
	Message, Type, Param, Code string
}

// Do sends a request and reads the whole answer. headers are pairs of name and value.
func (g *Gateway) Do(method, path, body string, headers ...string) Reply {
	g.t.Helper()
	req, err := http.NewRequest(method, g.URL+path, strings.NewReader(body))
	if err != nil {
		g.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := g.client.Do(req)
	if err != nil {
		g.t.Fatalf("%s %s: %v\n%s", method, path, err, g.log.tail())
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		g.t.Fatalf("%s %s: read the answer: %v", method, path, err)
	}
	return Reply{res.StatusCode, res.Header, text}
}

// Post sends JSON.
func (g *Gateway) Post(path, body string, headers ...string) Reply {
	g.t.Helper()
	return g.Do("POST", path, body, headers...)
}

// Get asks for something.
func (g *Gateway) Get(path string, headers ...string) Reply {
	g.t.Helper()
	return g.Do("GET", path, "", headers...)
}

// JSON decodes the body; numbers stay as they were written.
func (r Reply) JSON() (any, error) { return Decode(r.Body) }

// Decode reads one JSON value; numbers stay as they were written.
func Decode(text []byte) (any, error) {
	var v any
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	err := d.Decode(&v)
	return v, err
}

// Error decodes the error envelope; ok is false when the body is not exactly one.
func (r Reply) Error() (e Error, ok bool) {
	var envelope struct {
		Error *Error `json:"error"`
	}
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.DisallowUnknownFields()
	if d.Decode(&envelope) != nil || envelope.Error == nil {
		return Error{}, false
	}
	return *envelope.Error, true
}
