package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// listen serves on a loopback port until the test ends and returns its address.
func listen(t *testing.T, serve func(net.Listener) error) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	go serve(ln)
	return ln.Addr().String()
}

// canned answers every connection's first bytes with the same text.
func canned(text string) func(net.Listener) error {
	return func(ln net.Listener) error {
		for {
			conn, err := ln.Accept()
			if err != nil {
				return err
			}
			go func() {
				defer conn.Close()
				_, _ = conn.Read(make([]byte, 4096))
				_, _ = io.WriteString(conn, text)
			}()
		}
	}
}

func TestAnswersPassTheChecks(t *testing.T) {
	mock := listen(t, serveMock)
	bare := listen(t, newBareProxy(mock).serve)
	o := options{GapMS: 1}
	for _, addr := range []string{mock, bare} {
		for _, w := range o.workloads() {
			spec := loadSpec{Addr: addr, Model: "openai/mock" + w.settings, Prompt: w.prompt, Stream: w.stream}
			if err := checkAnswer(spec, &openAIWire); err != nil {
				t.Errorf("%s at %s: %v", w.name, addr, err)
			}
			if err := checkAnswer(spec, &anthropicWire); err == nil {
				t.Errorf("%s at %s passes for the other wire", w.name, addr)
			}
		}
	}
}

func TestWrongAnswersFailTheChecks(t *testing.T) {
	event := string(openAIWire.delta)
	stop, done := string(openAIStop), string(openAIDone)
	for name, c := range map[string]struct {
		stream bool
		answer string
		want   string
	}{
		"status":            {false, httpReply("503 Service Unavailable", "{}"), "status 503"},
		"stream status":     {true, httpReply("429 Too Many Requests", "{}"), "status 429: {}"},
		"empty":             {false, httpReply("200 OK", ""), "empty body"},
		"not JSON":          {false, httpReply("200 OK", "oops"), "reading the answer"},
		"no content":        {false, httpReply("200 OK", `{"choices":[]}`), "lacks"},
		"not a stream":      {true, httpReply("200 OK", "{}"), "not chunked"},
		"an event short":    {true, streamHead + event + stop + done, "stream of 1 events"},
		"an event too many": {true, streamHead + event + event + event + stop + done, "stream of 3 events"},
		"no finish_reason":  {true, streamHead + event + event + done, "finish_reason: false"},
		"no [DONE]":         {true, streamHead + event + event + stop + streamEnd, "ended by"},
		"cut":               {true, streamHead + event + event, "unexpected EOF"},
	} {
		spec := loadSpec{Addr: listen(t, canned(c.answer)), Model: "mock-n2", Stream: c.stream}
		err := checkAnswer(spec, &openAIWire)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", name, err, c.want)
		}
	}
}

func TestMockAnthropicStream(t *testing.T) {
	spec := loadSpec{Addr: listen(t, serveMock), Model: "mock-n2", Stream: true}
	c, err := dial(spec.Addr, time.Now().Add(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close()
	request := bytes.Replace(spec.request(), []byte("/v1/chat/completions"), []byte("/v1/messages"), 1)
	if err := c.openStream(request); err != nil {
		t.Fatal(err)
	}
	var types []string
	for {
		data, err := c.nextEvent()
		if errors.Is(err, io.EOF) {
			break
		}
		var event struct{ Type string }
		if err := errors.Join(err, json.Unmarshal(data, &event)); err != nil {
			t.Fatal(err)
		}
		types = append(types, event.Type)
	}
	want := "message_start content_block_start content_block_delta content_block_delta content_block_stop message_delta message_stop"
	if got := strings.Join(types, " "); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestMockReplies(t *testing.T) {
	addr := listen(t, serveMock)
	c, err := dial(addr, time.Now().Add(10*time.Second))
	if err != nil {
		t.Fatal(err)
	}
	defer c.conn.Close()
	for _, tc := range []struct {
		path, model string
		size        int // 0: any
		err         string
	}{
		{"/v1/chat/completions", "mock", 1024, ""},
		{"/v1/chat/completions", "mock-s4096", 4096, ""},
		{"/v1/messages", "mock-s4096", 4096, ""},
		{"/v1/messages", "mock", 1024, ""},
		{"/v1/embeddings", "mock", 0, ""},
		{"/v1/nothing", "mock", 0, "status 404"},
		{"/v1/messages", "claude", 0, "status 400"},
	} {
		spec := loadSpec{Addr: addr, Model: tc.model, Prompt: 20 << 10}
		body, err := c.exchange(bytes.Replace(spec.request(), []byte("/v1/chat/completions"), []byte(tc.path), 1))
		if tc.err != "" {
			if err == nil || !strings.Contains(err.Error(), tc.err) {
				t.Errorf("%s %s: got %v, want %q", tc.path, tc.model, err, tc.err)
			}
			continue
		}
		if err != nil || !json.Valid(body) || tc.size > 0 && len(body) != tc.size {
			t.Errorf("%s %s: %d bytes, %v: %.80s", tc.path, tc.model, len(body), err, body)
		}
	}
}

func TestTextEndMarksContentAlone(t *testing.T) {
	for _, w := range []*wire{&openAIWire, &anthropicWire} {
		if !bytes.Contains(w.delta, textEnd) {
			t.Errorf("no text in %s", w.delta)
		}
		if rest := bytes.Join(slices.Concat(w.before, w.afterWithUsage), nil); bytes.Contains(rest, textEnd) {
			t.Errorf("text in %s", rest)
		}
	}
}

func TestUsageComesWhenAskedFor(t *testing.T) {
	if isTrue([]byte(`{"stream":true}`), `"include_usage"`) || !isTrue([]byte(`{"include_usage": true}`), `"include_usage"`) {
		t.Error("include_usage is misread")
	}
	if !bytes.Contains(bytes.Join(openAIWire.afterWithUsage, nil), []byte(`"total_tokens"`)) ||
		bytes.Contains(bytes.Join(openAIWire.after, nil), []byte(`"total_tokens"`)) {
		t.Error("the usage event belongs to afterWithUsage alone")
	}
}

func FuzzStringField(f *testing.F) {
	f.Add([]byte(`{"model": "mock-n3"}`))
	f.Add([]byte(`"model":"`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if got := stringField(body, `"model"`); strings.Contains(got, `"`) || len(got) > len(body) {
			t.Errorf("%q: got %q", body, got)
		}
	})
}

func TestChatBody(t *testing.T) {
	for _, size := range []int{0, 400, 1 << 10, 50 << 10} {
		for _, stream := range []bool{false, true} {
			body := chatBody("openai/mock", size, stream)
			if !json.Valid(body) || len(body) < size || len(body) > max(size, 400) {
				t.Errorf("%d bytes wanted, got %d: %.300s", size, len(body), body)
			}
			if isTrue(body, `"stream"`) != stream || stringField(body, `"model"`) != "openai/mock" {
				t.Errorf("wrong model or stream: %.300s", body)
			}
		}
	}
}

func TestRunLoad(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	mock := listen(t, serveMock)
	bare := listen(t, newBareProxy(mock).serve)
	spec := loadSpec{Addr: bare, Model: "mock-n3", Prompt: 1024, Conns: 4, Window: 100 * time.Millisecond, Watch: os.Getpid()}
	for _, spec.Stream = range []bool{false, true} {
		got, err := runLoad(context.Background(), spec)
		if err != nil || got.Requests == 0 || got.PerSec <= 0 || got.Timed == 0 || got.P50 <= 0 || got.P99 < got.P50 || got.Allocs < 0 {
			t.Errorf("stream %t: got %+v, %v", spec.Stream, got, err)
		}
	}
	spec.Addr = mock
	if got, err := runLoad(context.Background(), spec); err != nil || got.Allocs != -1 {
		t.Errorf("a target that does not tell: got %+v, %v; want -1 allocs", got, err)
	}
	spec.Addr = listen(t, canned(streamHead+streamEnd))
	if _, err := runLoad(context.Background(), spec); err == nil || !strings.Contains(err.Error(), "stream of 0 events") {
		t.Errorf("got %v, want the wrong stream to end the measurement", err)
	}
}

func TestRunIdle(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	addr := listen(t, serveMock)
	spec := loadSpec{Addr: addr, Model: "mock-n1000-g10", Stream: true, Conns: 8, Window: 300 * time.Millisecond, Watch: os.Getpid()}
	got, err := runIdle(context.Background(), spec)
	if err != nil || got.During <= 0 || got.Before <= 0 {
		t.Errorf("got %+v, %v", got, err)
	}
	spec.Model = "mock-n1"
	if _, err := runIdle(context.Background(), spec); err == nil || !strings.Contains(err.Error(), "ended early") {
		t.Errorf("got %v, want the end of a stream to be told", err)
	}
}

func TestRequireLoopback(t *testing.T) {
	for addr, ok := range map[string]bool{
		"127.0.0.1:80": true, "[::1]:80": true, "127.9.9.9:1": true,
		"localhost:80": false, "10.0.0.1:80": false, "0.0.0.0:80": false, "example.com:80": false, ":80": false, "127.0.0.1": false,
	} {
		if err := requireLoopback(addr); (err == nil) != ok {
			t.Errorf("%s: got %v, want allowed: %t", addr, err, ok)
		}
	}
	if err := loadMain(context.Background(), `{"Addr":"192.0.2.1:80"}`); err == nil {
		t.Error("load on another machine is not refused")
	}
}
