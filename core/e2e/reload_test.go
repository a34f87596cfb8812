package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

func oneModel(name, base string) string {
	return fmt.Sprintf("model_list:\n  - model_name: %s\n    litellm_params: {model: openai/m, api_base: %q, api_key: sk-secret-a}\n", name, base)
}

// TestReload swaps the configuration while requests run: by the file's change, and by a signal. A bad file changes
// nothing.
func TestReload(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{Config: oneModel("first", up.URL+"/v1")})
	serves := func(name string, status int) {
		t.Helper()
		if r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"`+name+`"`, 1)); r.Status != status {
			t.Errorf("%s answered %d %s", name, r.Status, r.Body)
		}
	}
	serves("first", 200)
	change := func(config string, signal bool, want string) string {
		from := len(g.Logged())
		g.WriteConfig(config)
		if signal {
			g.Signal(syscall.SIGHUP)
		}
		return g.WaitLog(from, want)
	}
	change(oneModel("second", up.URL+"/v1"), false, "configuration reloaded")
	serves("second", 200)
	serves("first", 400)
	why := change("model_list: {}\n", false, "configuration not changed")
	if !strings.Contains(why, "config.yaml:1:13") || !strings.Contains(why, "model_list") {
		t.Errorf("the log doesn't say where and why: %s", why)
	}
	serves("second", 200)
	change(oneModel("third", up.URL+"/v1"), true, "configuration reloaded")
	serves("third", 200)
}

// TestReloadUnderLoad: no request fails while configurations are swapped, nor does a stream that began before.
func TestReloadUnderLoad(t *testing.T) {
	t.Parallel()
	proceed := make(chan struct{})
	quick := mock.OpenAI(t)
	slow := mock.New(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		s := mock.StartStream(t, w, r)
		s.Send(formats[0].open + formats[0].piece("before"))
		s.Await(proceed)
		s.Send(formats[0].piece(" and after") + formats[0].end)
	})
	config := func(key string) string {
		return oneModel("quick", quick.URL+"/v1") + "    model_info: {id: " + key + "}\n" +
			strings.TrimPrefix(oneModel("slow", slow.URL), "model_list:\n")
	}
	g := gateway.Start(t, gateway.Options{Config: config("id-0")})
	s := g.Stream(chat, strings.Replace(ask, `"m"`, `"slow"`, 1))
	defer s.Close()
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if r := g.Post(chat, strings.Replace(askWhole, `"m"`, `"quick"`, 1)); r.Status != 200 {
					t.Errorf("answered %d %s", r.Status, r.Body)
				}
			}
		})
	}
	for i := range 5 {
		from := len(g.Logged())
		g.WriteConfig(config(fmt.Sprint("id-", i+1)))
		g.Signal(syscall.SIGHUP)
		g.WaitLog(from, "configuration reloaded")
	}
	close(stop)
	wait.Wait()
	inForce(t, g, "id-5")
	close(proceed)
	events, err := s.Rest()
	if err != nil || len(events) == 0 || events[len(events)-1] != "[DONE]" || !strings.Contains(strings.Join(events, ""), " and after") {
		t.Errorf("the stream went on with %q, %v", events, err)
	}
}

// inForce waits for the deployment id of a configuration: a reload by the watch may come between two by signal.
func inForce(t *testing.T, g *gateway.Gateway, id string) {
	t.Helper()
	got := ""
	for deadline := time.Now().Add(wait); got != id; time.Sleep(10 * time.Millisecond) {
		got = g.Post(chat, strings.Replace(askWhole, `"m"`, `"quick"`, 1)).Header.Get("x-litellm-model-id")
		if time.Now().After(deadline) {
			t.Fatalf("the last configuration isn't in force, but %s", got)
		}
	}
}

// TestReloadFreesOldConfigurations: what a swapped-out configuration held is let go.
func TestReloadFreesOldConfigurations(t *testing.T) {
	t.Parallel()
	up := mock.OpenAI(t)
	g := gateway.Start(t, gateway.Options{Config: oneModel("m", up.URL+"/v1")})
	g.Post(chat, askWhole)
	base := g.Goroutines()
	for i := range 10 {
		from := len(g.Logged())
		g.WriteConfig(oneModel("m", fmt.Sprintf("%s/%d", up.URL, i)))
		g.Signal(syscall.SIGHUP)
		g.WaitLog(from, "configuration reloaded")
		g.Post(chat, askWhole)
	}
	g.Settle(base)
}

// TestStopDrains: SIGTERM lets a running stream end, and takes no new connections.
func TestStopDrains(t *testing.T) {
	t.Parallel()
	proceed := make(chan struct{})
	f := formats[0]
	g := playing(t, f, noRetries, func(s *mock.Stream) {
		s.Send(f.open + f.piece("one"))
		s.Await(proceed)
		s.Send(f.piece(" two") + f.end)
	})
	s := g.Stream(chat, ask)
	defer s.Close()
	if _, ok, err := s.Next(); !ok || err != nil {
		t.Fatalf("no first event: %v", err)
	}
	from := len(g.Logged())
	g.Signal(syscall.SIGTERM)
	g.WaitLog(from, "stopping")
	close(proceed)
	events, err := s.Rest()
	if err != nil || len(events) == 0 || events[len(events)-1] != "[DONE]" || !strings.Contains(strings.Join(events, ""), " two") {
		t.Errorf("the stream went on with %q, %v", events, err)
	}
	if code := g.Wait(); code != 0 {
		t.Errorf("exited with %d", code)
	}
	if _, err := gateway.Client.Get(g.URL + "/health/liveliness"); err == nil {
		t.Error("it still answers")
	}
}

// TestStopIdle: connections that wait for nothing don't hold it up.
func TestStopIdle(t *testing.T) {
	t.Parallel()
	g := gateway.Start(t, gateway.Options{})
	client := &http.Client{Transport: &http.Transport{}}
	res, err := client.Get(g.URL + "/")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	g.Signal(syscall.SIGTERM)
	if code := g.Wait(); code != 0 {
		t.Errorf("exited with %d", code)
	}
}
