package guest

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/upstream"
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host"
)

const secret = "sk-secret-of-the-operator"

// service is an upstream that a test's guest calls.
type service struct {
	*httptest.Server
	clients *Clients
	hits    atomic.Int32
}

func newService(t *testing.T, h http.HandlerFunc) *service {
	s := &service{}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.hits.Add(1)
		h(w, r)
	}))
	any := upstream.New(upstream.Options{})
	s.clients = NewClients(any)
	t.Cleanup(func() {
		any.Close()
		s.clients.Close()
		s.Server.Close()
	})
	return s
}

// caller grants the service under the name s; g's URL is appended to its own.
func (s *service) caller(t *testing.T, u hostabi.Upstream, g Granted) *caller {
	t.Helper()
	u.Name, g.URL, g.Operator = "s", s.URL+g.URL, true
	up, err := NewUpstream(s.clients, u, g)
	if err != nil {
		t.Fatal(err)
	}
	c := newCaller(map[string]*Upstream{"s": up}, nil)
	t.Cleanup(c.end)
	return c
}

// show answers with what it was sent.
func show(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	io.WriteString(w, r.Method+" "+r.URL.RequestURI()+"\n")
	for _, name := range []string{"Authorization", "X-Own", "X-Guest", "Content-Type", "User-Agent", "Accept"} {
		if v := r.Header[http.CanonicalHeaderKey(name)]; v != nil {
			io.WriteString(w, name+": "+strings.Join(v, "|")+"\n")
		}
	}
	w.Write(body)
}

func TestFetch(t *testing.T) {
	s := newService(t, show)
	own := []Header{{"X-Own", "operator"}, {"Accept", "text/plain"}}
	for name, c := range map[string]struct {
		up      hostabi.Upstream
		granted Granted
		f       *host.Fetch
		want    string
	}{
		"get": {hostabi.Upstream{Auth: "none"}, Granted{URL: "/base/"}, &host.Fetch{Path: "/x?y=1"},
			"GET /base/x?y=1\nUser-Agent: sluice/VERSION\n"},
		"the url alone": {hostabi.Upstream{Auth: "none"}, Granted{URL: "/base"}, &host.Fetch{}, "GET /base\nUser-Agent: sluice/VERSION\n"},
		"post": {hostabi.Upstream{}, Granted{}, &host.Fetch{Body: []byte(`{}`)},
			"POST /\nContent-Type: application/json\nUser-Agent: sluice/VERSION\n{}"},
		"the guest's headers": {hostabi.Upstream{}, Granted{},
			&host.Fetch{Method: "PUT", Header: [][2]string{{"content-type", "text/x"}, {"X-Guest", "1"}, {"User-Agent", "mine"}}, Body: []byte("b")},
			"PUT /\nX-Guest: 1\nContent-Type: text/x\nUser-Agent: mine\nb"},
		"the operator's come first": {hostabi.Upstream{}, Granted{Headers: own},
			&host.Fetch{Header: [][2]string{{"x-own", "guest"}, {"ACCEPT", "x/y"}}},
			"GET /\nX-Own: operator\nUser-Agent: sluice/VERSION\nAccept: text/plain\n"},
		"bearer": {hostabi.Upstream{}, Granted{APIKey: secret}, &host.Fetch{}, "GET /\nAuthorization: Bearer ****\nUser-Agent: sluice/VERSION\n"},
		"no key": {hostabi.Upstream{Auth: "bearer"}, Granted{}, &host.Fetch{}, "GET /\nUser-Agent: sluice/VERSION\n"},
		"none":   {hostabi.Upstream{Auth: "none"}, Granted{APIKey: secret}, &host.Fetch{}, "GET /\nUser-Agent: sluice/VERSION\n"},
		"header": {hostabi.Upstream{Auth: "header:X-Own"}, Granted{APIKey: secret}, &host.Fetch{}, "GET /\nX-Own: ****\nUser-Agent: sluice/VERSION\n"},
		"query": {hostabi.Upstream{Auth: "query:key"}, Granted{APIKey: secret + "&x"}, &host.Fetch{Path: "/m"},
			"GET /m?key=****\nUser-Agent: sluice/VERSION\n"},
		"query after another": {hostabi.Upstream{Auth: "query:key"}, Granted{APIKey: secret}, &host.Fetch{Path: "/m?a=b"},
			"GET /m?a=b&key=****\nUser-Agent: sluice/VERSION\n"},
		"the operator's own credential": {hostabi.Upstream{}, Granted{APIKey: "other", Headers: []Header{{"Authorization", "Basic " + secret}}},
			&host.Fetch{}, "GET /\nAuthorization: Basic ****\nUser-Agent: sluice/VERSION\n"},
	} {
		c.f.Upstream = "s"
		s.caller(t, c.up, c.granted).fetch(c.f)
		want := strings.ReplaceAll(c.want, "VERSION", core.Version)
		if c.f.Error != 0 || c.f.Status != 200 || string(c.f.Reply) != want {
			t.Errorf("%s: error %d, status %d\n got %q\nwant %q", name, c.f.Error, c.f.Status, c.f.Reply, want)
		}
	}
}

func TestRefusedCalls(t *testing.T) {
	s := newService(t, show)
	c := s.caller(t, hostabi.Upstream{Auth: "query:key"}, Granted{APIKey: secret})
	byHeader := s.caller(t, hostabi.Upstream{Auth: "header:X-Service"}, Granted{APIKey: secret})
	for name, f := range map[string]*host.Fetch{
		"another upstream": {Upstream: "other"}, "no upstream": {}, "path": {Upstream: "s", Path: "/../x"},
		"CONNECT": {Upstream: "s", Method: "CONNECT"}, "TRACE": {Upstream: "s", Method: "TRACE"}, "method": {Upstream: "s", Method: "GET /x HTTP/1.1\r\n"},
		"lower case": {Upstream: "s", Method: "get"}, "the credential's parameter": {Upstream: "s", Path: "/?K%45Y=1"},
	} {
		if c.fetch(f); f.Error != hostabi.CallRefused || f.Reply != nil {
			t.Errorf("%s: error %d", name, f.Error)
		}
	}
	for _, h := range [][2]string{
		{"Authorization", "x"}, {"X-API-Key", "x"}, {"x-service", "x"}, {"Cookie", "x"}, {"Proxy-Authorization", "x"}, {"Host", "evil.example"},
		{"Content-Length", "0"}, {"Transfer-Encoding", "chunked"}, {"Connection", "close"}, {"Upgrade", "h2c"}, {"TE", "x"}, {"Expect", "x"},
		{"X-Forwarded-For", "127.0.0.1"}, {"Forwarded", "for=x"}, {"X-Original-URL", "/admin"}, {"X-HTTP-Method-Override", "DELETE"},
		{"X-A", "b\r\nHost: evil"}, {"X A", "b"}, {"", "b"}, {"X-A\r\nB", "c"}, {"X-A", "\x00"},
	} {
		f := &host.Fetch{Upstream: "s", Header: [][2]string{h}}
		if byHeader.fetch(f); f.Error != hostabi.CallRefused {
			t.Errorf("%q: error %d", h, f.Error)
		}
	}
	if n := s.hits.Load(); n != 0 {
		t.Errorf("%d calls were sent", n)
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(302)
	})
	f := &host.Fetch{Upstream: "s", Path: "/a"}
	if s.caller(t, hostabi.Upstream{}, Granted{}).fetch(f); f.Status != 302 || f.Error != 0 || s.hits.Load() != 1 {
		t.Errorf("status %d, error %d, %d calls", f.Status, f.Error, s.hits.Load())
	}
}

func TestErrorRepliesAreReplies(t *testing.T) {
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		http.Error(w, "no "+secret, http.StatusServiceUnavailable)
	})
	f := &host.Fetch{Upstream: "s"}
	if s.caller(t, hostabi.Upstream{}, Granted{APIKey: secret}).fetch(f); f.Status != 503 || f.Error != 0 || string(f.Reply) != "no ****\n" {
		t.Errorf("status %d, error %d, %q", f.Status, f.Error, f.Reply)
	}
}

func TestLimits(t *testing.T) {
	s := newService(t, func(w http.ResponseWriter, r *http.Request) { w.Write(make([]byte, 100)) })
	for name, c := range map[string]struct {
		manifest, operator, guest int
		want                      hostabi.CallError
	}{
		"the default": {0, 0, 0, 0}, "enough": {100, 0, 0, 0}, "the manifest's": {99, 0, 0, hostabi.CallTooLarge},
		"the operator's": {100, 99, 0, hostabi.CallTooLarge}, "the operator's is larger": {99, 100, 0, 0},
		"the guest's": {0, 0, 99, hostabi.CallTooLarge}, "not more than the operator's": {0, 99, 1000, hostabi.CallTooLarge},
	} {
		f := &host.Fetch{Upstream: "s", MaxBytes: c.guest}
		if s.caller(t, hostabi.Upstream{MaxBytes: c.manifest}, Granted{MaxBytes: c.operator}).fetch(f); f.Error != c.want {
			t.Errorf("%s: error %d, want %d", name, f.Error, c.want)
		}
		if f.Error != 0 && (f.Status != 0 || f.Reply != nil) {
			t.Errorf("%s: both an error and a reply", name)
		}
	}
}

func TestTimeouts(t *testing.T) {
	s := newService(t, func(w http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	for name, c := range map[string]struct {
		manifest        int
		operator, guest time.Duration
	}{
		"the manifest's": {20, 0, 0}, "the operator's": {60000, 20 * time.Millisecond, 0}, "the guest's": {0, time.Minute, 20 * time.Millisecond},
		"not more than the manifest's": {20, 0, time.Minute},
	} {
		f := &host.Fetch{Upstream: "s", Timeout: c.guest}
		if s.caller(t, hostabi.Upstream{Timeout: c.manifest}, Granted{Timeout: c.operator}).fetch(f); f.Error != hostabi.CallTimeout {
			t.Errorf("%s: error %d", name, f.Error)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	s := newService(t, show)
	c := s.caller(t, hostabi.Upstream{}, Granted{})
	s.Server.Close()
	f := &host.Fetch{Upstream: "s"}
	if c.fetch(f); f.Error != hostabi.CallFailed {
		t.Errorf("error %d", f.Error)
	}
}

// An address of the author's own choice must be public, whoever else says that it may be called.
func TestPrivateAddresses(t *testing.T) {
	s := newService(t, show)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
	for _, g := range []Granted{{}, {Operator: true}, {URL: "http://127.0.0.1:" + port}} {
		for _, name := range []string{"127.0.0.1", "localhost", "[::ffff:127.0.0.1]", "0.0.0.0"} {
			up, err := NewUpstream(s.clients, hostabi.Upstream{Name: "s", URL: "http://" + name + ":" + port}, g)
			if err != nil {
				t.Fatal(err)
			}
			c := newCaller(map[string]*Upstream{"s": up}, nil)
			f := &host.Fetch{Upstream: "s"}
			if c.fetch(f); f.Error != hostabi.CallRefused {
				t.Errorf("%s %+v: error %d", name, g, f.Error)
			}
			c.end()
		}
	}
	if s.hits.Load() != 0 {
		t.Error("it was called")
	}
}

func TestTheClientLeaves(t *testing.T) {
	arrived := make(chan struct{}, 4)
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		arrived <- struct{}{}
		<-r.Context().Done()
	})
	for name, leave := range map[string]func(*upstream.Canceller, *caller){
		"left": func(client *upstream.Canceller, _ *caller) { client.Cancel(nil) },
		"over": func(_ *upstream.Canceller, c *caller) { c.end() },
	} {
		var client upstream.Canceller
		c := newCaller(s.caller(t, hostabi.Upstream{}, Granted{}).upstreams, &client)
		var wait sync.WaitGroup
		var fetches [4]host.Fetch
		for i := range fetches {
			wait.Go(func() {
				fetches[i].Upstream = "s"
				c.fetch(&fetches[i])
			})
		}
		for range fetches {
			<-arrived
		}
		leave(&client, c)
		wait.Wait()
		for i := range fetches {
			if fetches[i].Error != hostabi.CallFailed {
				t.Errorf("%s: error %d", name, fetches[i].Error)
			}
		}
		hits, late := s.hits.Load(), &host.Fetch{Upstream: "s"}
		if c.fetch(late); late.Error != hostabi.CallFailed || s.hits.Load() != hits {
			t.Errorf("%s: a later call gives error %d", name, late.Error)
		}
	}
}

func TestUpstreamsThatCannotBe(t *testing.T) {
	c := newService(t, show).clients
	for name, u := range map[string]struct {
		up      hostabi.Upstream
		granted Granted
	}{
		"no url": {}, "scheme": {hostabi.Upstream{URL: "ftp://x"}, Granted{}}, "password in it": {hostabi.Upstream{}, Granted{URL: "https://u:" + secret + "@x"}},
		"query": {hostabi.Upstream{}, Granted{URL: "https://x?key=" + secret}}, "auth": {hostabi.Upstream{URL: "https://x", Auth: "basic"}, Granted{}},
		"auth without a name":   {hostabi.Upstream{URL: "https://x", Auth: "header:"}, Granted{}},
		"a key with a line end": {hostabi.Upstream{URL: "https://x"}, Granted{APIKey: secret + "\r\n"}},
		"a header":              {hostabi.Upstream{URL: "https://x"}, Granted{Headers: []Header{{"Host", secret}}}},
		"a header's value":      {hostabi.Upstream{URL: "https://x"}, Granted{Headers: []Header{{"X", secret + "\n"}}}},
	} {
		_, err := NewUpstream(c, u.up, u.granted)
		if err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
