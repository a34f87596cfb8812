package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// try sends a chat from wherever, and returns its status and its id once it is read to the end; 0 when it broke off.
func (o *office) try(key, body string) (status int, id string) {
	return complete(o.t.Context(), o.URL, key, body)
}

// complete sends a chat and reads its answer until ctx ends.
func complete(ctx context.Context, url, key, body string) (status int, id string) {
	req, err := http.NewRequestWithContext(ctx, "POST", url+chat, strings.NewReader(body))
	if err != nil {
		return 0, ""
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+key)
	res, err := gateway.Client.Do(req)
	if err != nil {
		return 0, ""
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, ""
	}
	text = bytes.TrimPrefix(text, []byte("data: "))
	var answer struct{ ID string }
	json.NewDecoder(bytes.NewReader(text)).Decode(&answer) // of a stream the first event
	return res.StatusCode, answer.ID
}

// TestRateLimits: each who is limited stops what is too much, and says when to come back.
func TestRateLimits(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	team := o.manage("/team/new", `{"rpm_limit":1}`)["team_id"].(string)
	user := o.manage("/user/new", `{"tpm_limit":20,"auto_create_key":false}`)["user_id"].(string)
	o.manage("/budget/new", `{"budget_id":"tokens","tpm_limit":20}`)
	o.manage("/customer/new", `{"user_id":"limited","budget_id":"tokens"}`)
	for _, tc := range []struct{ name, key, more, kind string }{
		{"requests of a key", `{"rpm_limit":1}`, `"n":1`, "type = key"},
		{"tokens of a key", `{"tpm_limit":20}`, `"n":1`, "type = key"},
		{"requests of a model", `{"model_rpm_limit":{"gpt-3.5-turbo":1}}`, `"n":1`, "type = model_per_key"},
		{"tokens of a model", `{"model_tpm_limit":{"gpt-3.5-turbo":20}}`, `"n":1`, "type = model_per_key"},
		{"requests of a team", `{"team_id":"` + team + `"}`, `"n":1`, "type = team"},
		{"tokens of a user", `{"user_id":"` + user + `"}`, `"n":1`, "type = user"},
		{"tokens of a customer", `{}`, `"user":"limited"`, "type = customer"},
	} {
		key := o.key(tc.key)
		if r := o.chat(key, tc.more); r.Status != 200 {
			t.Errorf("%s: the first call answered %d %s", tc.name, r.Status, r.Body)
		}
		r := o.chat(key, tc.more)
		e := refused(t, r, 429, "None", "Crossed TPM / RPM / Max Parallel Request Limit")
		if e.Param != "None" || !strings.Contains(e.Message, tc.kind) || r.Header.Get("Retry-After") == "" {
			t.Errorf("%s: answered %s, retry-after %q", tc.name, r.Body, r.Header.Get("Retry-After"))
		}
	}
	refused(t, o.chat(masterKey, `"user":"limited"`), 429, "None", "type = customer")
	key := o.key(`{"max_parallel_requests":0}`)
	refused(t, o.chat(key), 429, "None", "Max parallel request limit reached")
	o.manage("/key/update", `{"key":"`+key+`","max_parallel_requests":1}`)
	admitted(t, o.chat(key))
	admitted(t, o.chat(key))
}

// slow starts an office whose upstream streams a first word, and the rest when it is told to proceed. Each request that
// arrives there is announced.
func slow(t *testing.T) (o *office, arrived, proceed chan struct{}) {
	arrived, proceed = make(chan struct{}, 16), make(chan struct{})
	up := mock.New(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		s := mock.StartStream(t, w, r)
		s.Send(formats[0].open + formats[0].piece("one ") + formats[0].piece("two "))
		arrived <- struct{}{}
		s.Await(proceed)
		s.Send(formats[0].end)
	})
	return openOfficeBefore(t, up), arrived, proceed
}

// TestRefusedConsumesNothing: calls that one limit refuses are counted by none of the others.
func TestRefusedConsumesNothing(t *testing.T) {
	t.Parallel()
	o, arrived, proceed := slow(t)
	team := o.manage("/team/new", `{"max_parallel_requests":1}`)["team_id"].(string)
	key := o.key(`{"rpm_limit":3,"max_budget":100,"team_id":"` + team + `"}`)
	streamed := request(`"stream":true`)
	first := o.Stream(chat, streamed, bearer(key)...)
	<-arrived
	for range 5 {
		refused(t, o.chat(key, `"stream":true`), 429, "None", "type = team")
	}
	proceed <- struct{}{}
	if _, err := first.Rest(); err != nil {
		t.Error(err)
	}
	first.Close()
	for range 2 {
		s := o.Stream(chat, streamed, bearer(key)...)
		proceed <- struct{}{}
		if _, err := s.Rest(); err != nil {
			t.Error(err)
		}
		s.Close()
	}
	refused(t, o.chat(key, `"stream":true`), 429, "None", "type = key")
}

// TestSlotOfClientThatLeft: a client that leaves in the middle of a stream frees its slot.
func TestSlotOfClientThatLeft(t *testing.T) {
	t.Parallel()
	o, arrived, _ := slow(t)
	key := o.key(`{"max_parallel_requests":1}`)
	s := o.Stream(chat, request(`"stream":true`), bearer(key)...)
	<-arrived
	refused(t, o.chat(key, `"stream":true`), 429, "None", "Max Parallel Request Limit")
	s.Close()
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	eventually(t, "free slot", func() bool {
		go complete(ctx, o.URL, key, request(`"stream":true`))
		select {
		case <-arrived:
			return true
		default:
			return false
		}
	})
}
