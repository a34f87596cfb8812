package server_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/app/apptest"
)

// listen opens a port of the loopback for a gateway.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// say writes to a new connection and reads one answer.
func say(t *testing.T, l net.Listener, text string) (*http.Response, string) {
	t.Helper()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	go io.WriteString(c, text) // the answer may come before all of it is read
	r, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("%.60q: %v", text, err)
	}
	body, _ := io.ReadAll(r.Body)
	return r, string(body)
}

func TestMalformedRequests(t *testing.T) {
	l := listen(t)
	g := apptest.Start(t, apptest.Setup{Config: config("http://127.0.0.1:1"), Listen: l})
	for text, status := range map[string]int{
		"NONSENSE\r\n\r\n":                 400,
		"GET / HTTP/1.1\r\nHost x\r\n\r\n": 400,
		"GET / HTTP/1.1\r\nHost: x\r\nX-A: " + strings.Repeat("a", 20000) + "\r\n\r\n":                  431,
		"GET / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("X-A: secret-value\r\n", 2000) + "\r\n":        431,
		"GET /" + strings.Repeat("a", 20000) + " HTTP/1.1\r\nHost: x\r\n\r\n":                           431,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n":                    400,
		"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n": 400,
	} {
		r, body := say(t, l, text)
		var e struct {
			Error struct{ Message, Type, Param, Code string }
		}
		if err := json.Unmarshal([]byte(body), &e); err != nil || r.StatusCode != status || e.Error.Code != fmt.Sprint(status) {
			t.Errorf("%.40q: %d %s", text, r.StatusCode, body)
		}
		if r.Header.Get("Content-Type") != "application/json" || !r.Close || strings.Contains(body, "secret") {
			t.Errorf("%.40q: %v %s", text, r.Header, body)
		}
	}
	if r := g.Get("/health/liveliness"); r.Status != 200 {
		t.Errorf("afterwards: %d", r.Status)
	}
	if log := g.Log.String(); strings.Contains(log, "secret-value") || strings.Count(log, "request refused") != 7 {
		t.Errorf("log:\n%s", log)
	}
}

func TestLargeBodies(t *testing.T) {
	l := listen(t)
	apptest.Start(t, apptest.Setup{Config: config(upstream(t).URL) + "general_settings: {max_request_size_mb: 0.01}\n", Listen: l})
	body := `{"model":"chat","messages":[{"role":"user","content":"` + strings.Repeat("a", 20000) + `"}]}`
	const head = "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\n"
	want := fmt.Sprintf("Request size is too large. Request size is %v MB. Max size is 0.01 MB", float64(len(body))/(1<<20))
	for name, c := range map[string]struct{ text, want string }{
		"announced":           {fmt.Sprintf("%sContent-Length: %d\r\n\r\n%s", head, len(body), body), want},
		"announced, not sent": {fmt.Sprintf("%sContent-Length: %d\r\n\r\n", head, len(body)), want},
		"chunked": {fmt.Sprintf("%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n", head, len(body), body),
			"Request size is too large. Request size is more than 0.01 MB. Max size is 0.01 MB"},
	} {
		r, answer := say(t, l, c.text)
		envelope := `{"error":{"message":"` + c.want + `","type":"bad_request_error","param":"content-length","code":"400"}}`
		if r.StatusCode != 400 || answer != envelope {
			t.Errorf("%s: %d %s\nwant %s", name, r.StatusCode, answer, envelope)
		}
	}
	small := `{"model":"chat","messages":[{"role":"user","content":"a"}]}`
	if r, answer := say(t, l, fmt.Sprintf("%sConnection: close\r\nContent-Length: %d\r\n\r\n%s", head, len(small), small)); r.StatusCode != 200 {
		t.Errorf("a small one: %d %s", r.StatusCode, answer)
	}
}

func TestPipelining(t *testing.T) {
	l := listen(t)
	apptest.Start(t, apptest.Setup{Config: config(upstream(t).URL), Listen: l})
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	one := `{"model":"chat","messages":[{"role":"user","content":"a"}]}`
	post := fmt.Sprintf("POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%s", len(one), one)
	io.WriteString(c, post+"GET /health/liveliness HTTP/1.1\r\nHost: x\r\n\r\n"+post)
	answers := bufio.NewReader(c)
	for i, want := range []string{`"choices"`, "alive", `"choices"`} {
		r, err := http.ReadResponse(answers, nil)
		if err != nil {
			t.Fatal(err)
		}
		if body, _ := io.ReadAll(r.Body); r.StatusCode != 200 || !strings.Contains(string(body), want) {
			t.Errorf("answer %d: %d %s", i, r.StatusCode, body)
		}
	}
}
