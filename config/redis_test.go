package config

import (
	"testing"
)

func TestRedis(t *testing.T) {
	variables := map[string]string{"REDIS_HOST": "from-environment", "REDIS_PORT": "7000", "REDIS_PASSWORD": "secret"}
	environment := Redis{Host: "from-environment", Port: 7000, Password: "secret"}
	for name, c := range map[string]struct {
		text string
		want Redis
	}{
		"none":                  {"litellm_settings: {}", Redis{}},
		"not asked for":         {"litellm_settings: {cache: false}", Redis{}},
		"local cache":           {"litellm_settings: {cache: true, cache_params: {type: local}}", Redis{}},
		"router":                {"router_settings: {redis_host: r, redis_port: \"6380\", redis_password: p}", Redis{Host: "r", Port: 6380, Password: "p"}},
		"router's url":          {"router_settings: {redis_url: \"redis://r:1\"}", Redis{URL: "redis://r:1"}},
		"cache":                 {"litellm_settings: {cache: true, cache_params: {type: redis, host: c, port: 1, password: p, ssl: true, ttl: 5}}", Redis{Host: "c", Port: 1, Password: "p", TLS: true}},
		"router before cache":   {"{litellm_settings: {cache_params: {type: redis, host: c}}, router_settings: {redis_host: r}}", Redis{Host: "r"}},
		"environment":           {"litellm_settings: {cache: true}", environment},
		"environment, by type":  {"litellm_settings: {cache_params: {type: redis}}", environment},
		"environment, not both": {"litellm_settings: {cache: true, cache_params: {type: redis, host: c}}", Redis{Host: "c"}},
	} {
		t.Run(name, func(t *testing.T) {
			parsed, err := Parse("test.yml", []byte(c.text), Options{Getenv: func(name string) (string, bool) { v, ok := variables[name]; return v, ok }})
			if err != nil {
				t.Fatal(err)
			}
			var got Redis
			if parsed.Redis != nil {
				got = *parsed.Redis
			}
			if got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}
