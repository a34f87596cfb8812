package config

import (
	"slices"
	"strconv"
)

// Redis is where instances share limits, budgets and news of changed keys. URL says all of it, or else the rest does.
type Redis struct {
	URL                      string
	Host, Username, Password string
	Port                     int // 0 = 6379
	TLS                      bool
}

func (r *Redis) given() bool { return r.URL != "" || r.Host != "" }

// cacheParams is what is acted on of cache_params.
type cacheParams struct {
	kind  string
	redis Redis
}

// cacheFields are the keys of cache_params that say where Redis is.
var cacheFields = table[cacheParams]{
	set("type", words, func(c *cacheParams) *string { return &c.kind }, "kind of cache"),
	set("url", words, func(c *cacheParams) *string { return &c.redis.URL }, "address of Redis, all in one"),
	set("host", words, func(c *cacheParams) *string { return &c.redis.Host }, "host of Redis"),
	set("port", count, func(c *cacheParams) *int { return &c.redis.Port }, "port of Redis"),
	set("username", words, func(c *cacheParams) *string { return &c.redis.Username }, "user of Redis"),
	set("password", words, func(c *cacheParams) *string { return &c.redis.Password }, "password of Redis"),
	set("ssl", yesNo, func(c *cacheParams) *bool { return &c.redis.TLS }, "encrypt the connection to Redis"),
}

// readCacheParams takes where Redis is and leaves the rest: answers are not cached yet.
var readCacheParams = reader[cacheParams]{"a mapping", func(d *diagnosis, n *node) (cacheParams, bool) {
	var c cacheParams
	if _, ok := pairs.read(d, n); !ok {
		return c, false
	}
	for _, e := range n.entries {
		if f := cacheFields.find(e.key); f != nil && e.value.kind != null {
			e.value.secret = true
			f.read(d, e.value, &c)
		}
	}
	d.noticef(n.place, "read for where Redis is: answers are not cached yet")
	return c, true
}}

// redis decides where Redis is: router_settings say, or cache_params, or the environment when a cache is asked for.
func (b *builder) redis() {
	r, l := b.config.Router.redis, &b.config.LiteLLM
	inRedis := slices.Contains([]string{"redis", "redis-semantic", "valkey"}, l.cacheParams.kind) || l.cacheParams.kind == "" && l.cache
	if !r.given() && (inRedis || l.cacheParams.kind == "") {
		r = l.cacheParams.redis
	}
	if !r.given() && inRedis {
		r = b.redisVariables()
	}
	if r.given() {
		b.config.Redis = &r
	}
}

func (b *builder) redisVariables() (r Redis) {
	for name, into := range map[string]*string{"REDIS_URL": &r.URL, "REDIS_HOST": &r.Host, "REDIS_USERNAME": &r.Username, "REDIS_PASSWORD": &r.Password} {
		*into, _ = b.resolver.lookup(name)
	}
	port, _ := b.resolver.lookup("REDIS_PORT")
	r.Port, _ = strconv.Atoi(port) // Kubernetes sets it to an address when a service is called redis
	return r
}
