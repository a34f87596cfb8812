package main

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi/tape"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// object decodes a JSON object and fails when a top-level key appears twice, which encoding/json would hide.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var d tape.Doc
	if err := d.Scan([]byte(text)); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%v in %s", err, text)
	}
	return v
}

// same fails when two JSON texts differ in more than white space and the order of members.
func same(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(want), &w); err != nil {
		t.Fatalf("the test's own JSON: %v in %s", err, want)
	}
	if err := json.Unmarshal([]byte(got), &g); err != nil {
		t.Errorf("%v in %s", err, got)
		return
	}
	if !reflect.DeepEqual(g, w) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

// member returns one member of an object as JSON, "null" when it is missing.
func member(t *testing.T, text, key string) string {
	t.Helper()
	b, err := json.Marshal(object(t, text)[key])
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// ask sends a request that must be translated.
func ask(t *testing.T, p *sdktest.Plugin, x sdktest.Exchange, body string) sdktest.Answer {
	t.Helper()
	a := p.Open(x).Request(body)
	if a.Failure != nil {
		t.Fatalf("%s was refused: %s", body, a.Failure.Message)
	}
	return a
}

// open begins an exchange with a request: the state of an earlier one must not be seen.
func open(t *testing.T, p *sdktest.Plugin, x sdktest.Exchange, request string) *sdktest.Run {
	t.Helper()
	if request == "" {
		request = `{"model":"claude","prompt":"hi",` + hi + `}`
	}
	r := p.Open(x)
	if f := r.Request(request).Failure; f != nil {
		t.Fatalf("%s was refused: %s", request, f.Message)
	}
	return r
}
