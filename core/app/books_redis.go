package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"

	"github.com/sluice-gateway/sluice/config"
	"github.com/sluice-gateway/sluice/core/limit"
)

// share makes limits and budgets hold for all instances together, if the configuration says where Redis is.
func (b *books) share(c *config.Redis) error {
	if c == nil {
		b.log.Info("limits and budgets hold for this instance alone: no Redis is configured")
		return nil
	}
	o, err := redisClient(c)
	if err != nil {
		return err
	}
	b.limiter.Share(limit.Redis{Client: o, Log: b.log})
	b.news = &news{log: b.log, options: o, from: rand.Text()}
	return nil
}

func redisClient(c *config.Redis) (rueidis.ClientOption, error) {
	if c.URL != "" {
		o, err := rueidis.ParseURL(c.URL)
		if err != nil { // its text may show the password
			return o, errors.New("read the address of Redis: expected redis://[user:password@]host[:port][/database] or rediss://…")
		}
		return o, nil
	}
	const usualPort = 6379
	o := rueidis.ClientOption{Username: c.Username, Password: c.Password,
		InitAddress: []string{net.JoinHostPort(c.Host, strconv.Itoa(cmp.Or(c.Port, usualPort)))}}
	if c.TLS {
		o.TLSConfig = &tls.Config{ServerName: c.Host, MinVersion: tls.VersionTLS12}
	}
	return o, nil
}

// newsChannel is where instances tell each other of rows that were written. Who misses something polls the database.
const newsChannel = "sluice:changed"

const (
	tellPatience = 50 * time.Millisecond
	listenAgain  = time.Second
)

// news tells other instances what was changed here, and hears what was changed there.
type news struct {
	log     *slog.Logger
	options rueidis.ClientOption
	from    string // this instance
	client  atomic.Pointer[rueidis.Client]
}

// tell is best effort: the others find out from the database too, only later.
func (n *news) tell(table, id string) {
	client := n.client.Load()
	if client == nil {
		return
	}
	ctx, stop := context.WithTimeout(context.Background(), tellPatience)
	defer stop()
	c := *client
	if err := c.Do(ctx, c.B().Publish().Channel(newsChannel).Message(n.from+"\n"+table+"\n"+id).Build()).Error(); err != nil {
		n.log.Debug("a change was not told through Redis", "error", err.Error())
	}
}

// listen hears until ctx ends.
func (n *news) listen(ctx context.Context, changed func(table, id string)) {
	for ctx.Err() == nil {
		if err := n.hear(ctx, changed); err != nil && ctx.Err() == nil {
			n.log.Debug("changes are not heard through Redis", "error", err.Error())
		}
		select {
		case <-ctx.Done():
		case <-time.After(listenAgain):
		}
	}
}

// hear returns when the connection is lost.
func (n *news) hear(ctx context.Context, changed func(table, id string)) error {
	o := n.options
	o.ForceSingleClient, o.DisableCache, o.AlwaysPipelining = true, true, true
	client, err := rueidis.NewClient(o)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer client.Close()
	n.client.Store(&client)
	defer n.client.Store(nil)
	return client.Receive(ctx, client.B().Subscribe().Channel(newsChannel).Build(), func(m rueidis.PubSubMessage) {
		from, row, _ := strings.Cut(m.Message, "\n")
		table, id, ok := strings.Cut(row, "\n")
		if ok && from != n.from {
			changed(table, id)
		}
	})
}
