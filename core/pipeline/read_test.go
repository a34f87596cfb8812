package pipeline

import (
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core"
)

// read returns what is taken from a body, or the error.
func read(t *testing.T, b *bench, endpoint core.Endpoint, body string) (*Flight, *core.Error) {
	t.Helper()
	f := b.pipeline.Begin(endpoint, nil)
	t.Cleanup(f.End)
	if e := f.Scan([]byte(body)); e != nil {
		return f, e
	}
	return f, f.Read()
}

func TestRead(t *testing.T) {
	b := newBench(t, nil)
	type want struct {
		model, key             string
		stream, usage          bool
		timeout, streamTimeout time.Duration
		retries                int
	}
	for body, w := range map[string]want{
		`{}`:               {retries: -1},
		`{"model":null}`:   {retries: -1},
		`{"model":"a\"b"}`: {model: `a"b`, retries: -1},
		`{"model":"m","stream":true,"stream_options":{"include_usage":true}}`:                                                 {model: "m", stream: true, usage: true, retries: -1},
		`{"stream":false,"stream_options":{"include_usage":true}}`:                                                            {retries: -1},
		`{"stream":null,"timeout":null,"num_retries":null,"api_base":null,"base_url":null,"user_config":null,"api_key":null}`: {retries: -1},
		`{"stream":true,"stream_options":null}`:                                                                               {stream: true, retries: -1},
		`{"timeout":1.5}`:                                                                                                     {timeout: 1500 * time.Millisecond, retries: -1},
		`{"timeout":"0.001"}`:                                                                                                 {timeout: time.Millisecond, retries: -1},
		`{"timeout":1e-30}`:                                                                                                   {timeout: 1, retries: -1},
		`{"request_timeout":3}`:                                                                                               {timeout: 3 * time.Second, retries: -1},
		`{"stream_timeout":2}`:                                                                                                {streamTimeout: 2 * time.Second, retries: -1},
		`{"num_retries":0}`:                                                                                                   {},
		`{"num_retries":100}`:                                                                                                 {retries: 100},
		`{"api_key":"sk-own"}`:                                                                                                {key: "sk-own", retries: -1},
		`{"api_key":""}`:                                                                                                      {retries: -1},
		" \r\n\t{ \"model\" : \"m\" } \n":                                                                                     {model: "m", retries: -1},
		`{"m\u006fdel":"m"}`:                                                                                                  {model: "m", retries: -1},
		`{"nested":{"model":"x","api_base":"y"},"model":"m"}`:                                                                 {model: "m", retries: -1},
	} {
		f, e := read(t, b, core.Chat, body)
		if e != nil {
			t.Errorf("%s: %v", body, e)
			continue
		}
		got := want{f.Model, f.key, f.Stream, f.IncludeUsage, f.Timeout, f.StreamTimeout, f.Exchange.Retries}
		if got != w {
			t.Errorf("%s:\n got %+v\nwant %+v", body, got, w)
		}
	}
}

func TestOnlyTextIsStreamed(t *testing.T) {
	b := newBench(t, nil)
	for endpoint, want := range map[core.Endpoint]bool{core.Chat: true, core.Completions: true, core.Embeddings: false, core.Moderations: false} {
		if f, e := read(t, b, endpoint, `{"stream":true}`); e != nil || f.Stream != want {
			t.Errorf("%s: %v, %v", endpoint, f.Stream, e)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	b := newBench(t, nil)
	const addresses = "Authentication Error, Rejected Request: api_base is not allowed in request body. Client-side addresses are not supported by this gateway."
	for body, c := range map[string]struct {
		message, param string // of the message its start
		code           int
	}{
		``:                                  {"litellm.BadRequestError: invalid JSON at byte 0", "", 400},
		`{"model":`:                         {"litellm.BadRequestError: invalid JSON at byte 9", "", 400},
		`{"model":"a"}x`:                    {"litellm.BadRequestError: invalid JSON", "", 400},
		`{"model":"a","model":"b"}`:         {"litellm.BadRequestError: invalid JSON", "", 400},
		`{"model":"a","mod\u0065l":"b"}`:    {"litellm.BadRequestError: invalid JSON", "", 400},
		`[]`:                                {"litellm.BadRequestError: the request body must be a JSON object", "", 400},
		`"model"`:                           {"litellm.BadRequestError: the request body must be a JSON object", "", 400},
		`{"model":1}`:                       {"litellm.BadRequestError: model must be a string", "model", 400},
		`{"model":["a"]}`:                   {"litellm.BadRequestError: model must be a string", "model", 400},
		`{"stream":"true"}`:                 {"litellm.BadRequestError: stream must be a boolean", "stream", 400},
		`{"stream":1}`:                      {"litellm.BadRequestError: stream must be a boolean", "stream", 400},
		`{"timeout":0}`:                     {"litellm.BadRequestError: timeout must be a number of seconds above 0", "timeout", 400},
		`{"timeout":-1}`:                    {"litellm.BadRequestError: timeout must be a number of seconds above 0", "timeout", 400},
		`{"timeout":"soon"}`:                {"litellm.BadRequestError: timeout must be a number of seconds above 0", "timeout", 400},
		`{"timeout":"NaN"}`:                 {"litellm.BadRequestError: timeout must be a number of seconds above 0", "timeout", 400},
		`{"timeout":1e300}`:                 {"litellm.BadRequestError: timeout must be a number of seconds above 0", "timeout", 400},
		`{"timeout":{}}`:                    {"litellm.BadRequestError: timeout must be a number of seconds above 0", "timeout", 400},
		`{"request_timeout":[]}`:            {"litellm.BadRequestError: request_timeout must be", "request_timeout", 400},
		`{"stream_timeout":true}`:           {"litellm.BadRequestError: stream_timeout must be", "stream_timeout", 400},
		`{"num_retries":-1}`:                {"litellm.BadRequestError: num_retries must be a whole number from 0 to 100", "num_retries", 400},
		`{"num_retries":101}`:               {"litellm.BadRequestError: num_retries must be", "num_retries", 400},
		`{"num_retries":1.5}`:               {"litellm.BadRequestError: num_retries must be", "num_retries", 400},
		`{"num_retries":"3"}`:               {"litellm.BadRequestError: num_retries must be", "num_retries", 400},
		`{"api_key":1}`:                     {"litellm.BadRequestError: api_key must be a string", "api_key", 400},
		`{"api_base":"http://x","model":1}`: {addresses, "", 401},
		`{"base_url":"http://x"}`:           {strings.Replace(addresses, "api_base", "base_url", 1), "", 401},
		`{"api_base":""}`:                   {addresses, "", 401},
		`{"user_config":{}}`:                {"litellm.BadRequestError: user_config is not supported by this gateway", "", 400},
	} {
		_, e := read(t, b, core.Chat, body)
		if e == nil {
			t.Errorf("%s is accepted", body)
			continue
		}
		if !strings.HasPrefix(e.Message, c.message) || e.Param != c.param || e.Code() != c.code || e.Upstream {
			t.Errorf("%s: %d %q %s", body, e.Code(), e.Param, e.Message)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{`{"model":"m","timeout":"1","num_retries":3,"api_key":"k","stream":true}`, `{"stream_options":{"include_usage":1}}`, `[]`} {
		f.Add(s)
	}
	p := New(nil)
	p.Swap(&State{})
	f.Fuzz(func(t *testing.T, body string) {
		x := p.Begin(core.Chat, nil)
		defer x.End()
		if e := x.Scan([]byte(body)); e != nil {
			return
		}
		if e := x.Read(); e != nil {
			return
		}
		if x.Timeout < 0 || x.StreamTimeout < 0 || x.Exchange.Retries < -1 || x.Exchange.Retries > 100 || (x.IncludeUsage && !x.Stream) {
			t.Errorf("%q: %+v", body, x.Exchange)
		}
	})
}
