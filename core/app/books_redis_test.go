package app

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/limit"
	"github.com/sluice-gateway/sluice/core/limit/redistest"
)

// A change that one instance makes reaches the others through Redis, and does not come back.
func TestNewsOfChanges(t *testing.T) {
	o, err := redisClient(&config.Redis{URL: "redis://" + redistest.Start(t).Addr})
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	var work sync.WaitGroup
	defer work.Wait()
	defer stop()
	here, there := &news{log: slog.New(slog.DiscardHandler), options: o, from: "here"}, &news{log: slog.New(slog.DiscardHandler), options: o, from: "there"}
	heard := make(chan string, 1000)
	work.Go(func() {
		here.listen(ctx, func(table, id string) { t.Errorf("heard of its own change of %s %s", table, id) })
	})
	work.Go(func() { there.listen(ctx, func(table, id string) { heard <- table + " " + id }) })
	again := time.NewTicker(10 * time.Millisecond) // until both listen
	defer again.Stop()
	for end := time.After(30 * time.Second); ; {
		here.tell("members", "team/user")
		select {
		case got := <-heard:
			if got != "members team/user" {
				t.Errorf("heard %q", got)
			}
			return
		case <-again.C:
		case <-end:
			t.Fatal("heard nothing")
		}
	}
}

func TestRedisClient(t *testing.T) {
	for name, c := range map[string]struct {
		settings config.Redis
		addr     string
		tls      bool
	}{
		"host":     {config.Redis{Host: "cache.internal"}, "cache.internal:6379", false},
		"port":     {config.Redis{Host: "::1", Port: 7000, TLS: true}, "[::1]:7000", true},
		"url":      {config.Redis{URL: "redis://:secret@cache.internal:7000/2", Host: "other"}, "cache.internal:7000", false},
		"tls url":  {config.Redis{URL: "rediss://cache.internal"}, "cache.internal:6379", true},
		"no redis": {config.Redis{URL: "http://:secret@cache.internal"}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			o, err := redisClient(&c.settings)
			if err != nil {
				if c.addr != "" || strings.Contains(err.Error(), "secret") {
					t.Errorf("got %v", err)
				}
				return
			}
			if c.addr == "" || o.InitAddress[0] != c.addr || (o.TLSConfig != nil) != c.tls {
				t.Errorf("got %v, TLS %t", o.InitAddress, o.TLSConfig != nil)
			}
		})
	}
}

func TestAloneIsLogged(t *testing.T) {
	var text bytes.Buffer
	b := &books{log: slog.New(slog.NewTextHandler(&text, nil)), limiter: limit.New()}
	if err := b.share(nil); err != nil {
		t.Fatal(err)
	}
	if told, _ := b.limiter.Sharing(); told || strings.Count(text.String(), "for this instance alone") != 1 {
		t.Errorf("shared: %t, logged %q", told, text.String())
	}
}
