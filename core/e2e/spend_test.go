package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestSpendRow: each member of a row of the spend log, for a call that was streamed and one that was not.
func TestSpendRow(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	team := o.manage("/team/new", `{"team_alias":"writers"}`)["team_id"].(string)
	made := o.manage("/key/generate", `{"key_alias":"mine","user_id":"me","team_id":"`+team+`"}`)
	for _, more := range []string{`"user":"end"`, `"user":"end","stream":true`} {
		status, id := o.try(made["key"].(string), request(more))
		if status != 200 || id == "" {
			t.Fatalf("answered %d, id %q", status, id)
		}
		row := o.row(id)
		for name, want := range map[string]string{"request_id": id, "call_type": "acompletion", "api_key": made["token"].(string), "total_tokens": "26",
			"prompt_tokens": "17", "completion_tokens": "9", "model_group": "gpt-3.5-turbo", "custom_llm_provider": "openai", "user": "me",
			"team_id": team, "end_user": "end", "cache_hit": "False", "requester_ip_address": "127.0.0.1", "status": "success", "api_base": o.up.URL + "/v1",
			"messages": "map[]", "response": "map[]", "request_tags": "[]"} {
			if got := fmt.Sprint(row[name]); got != want {
				t.Errorf("%s is %s, want %s", name, got, want)
			}
		}
		for name, want := range map[string]any{"user_api_key": made["token"], "user_api_key_alias": "mine", "user_api_key_team_id": team,
			"user_api_key_user_id": "me", "user_api_key_team_alias": "writers", "requester_ip_address": "127.0.0.1", "status": "success"} {
			if got := member(row, "metadata", name); got != want {
				t.Errorf("metadata.%s is %v, want %v", name, got, want)
			}
		}
		if !near(number(row["spend"]), callCost) || row["startTime"] == nil || row["endTime"] == nil || row["model_id"] == "" || row["cache_key"] == nil {
			t.Errorf("row %v", row)
		}
	}
}

// TestSpendOfFailure: a call that failed has a row, under the id that the client was told.
func TestSpendOfFailure(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	key := o.key(`{}`)
	for name, tc := range map[string]struct {
		body, model, class, code string
		status                   int
	}{
		"upstream":      {strings.Replace(request(), "gpt-3.5-turbo", "fails", 1), "fails", "BadRequestError", "400", 400},
		"unknown model": {strings.Replace(request(), "gpt-3.5-turbo", "nowhere", 1), "nowhere", "BadRequestError", "400", 400},
	} {
		t.Run(name, func(t *testing.T) {
			r := o.Post(chat, tc.body, bearer(key)...)
			id := r.Header.Get("x-litellm-call-id")
			if r.Status != tc.status || id == "" {
				t.Fatalf("answered %d %s, call id %q", r.Status, r.Body, id)
			}
			row := o.row(id)
			for name, want := range map[string]string{"request_id": id, "model_group": tc.model, "total_tokens": "0", "prompt_tokens": "0",
				"completion_tokens": "0", "cache_hit": "False", "response": "map[]", "status": "failure"} {
				if got := fmt.Sprint(row[name]); got != want {
					t.Errorf("%s is %s, want %s", name, got, want)
				}
			}
			failure := member(row, "metadata", "error_information")
			if number(row["spend"]) != 0 || member(row, "metadata", "status") != "failure" || member(failure, "error_code") != tc.code ||
				member(failure, "error_class") != tc.class {
				t.Errorf("row %v", row)
			}
			if got := row["model"]; got != tc.model {
				t.Errorf("model is %v, want the name that was asked for, %s", got, tc.model)
			}
		})
	}
}

// TestSpendOfClientThatLeft: a stream that the client left is billed for what the model had said by then.
func TestSpendOfClientThatLeft(t *testing.T) {
	t.Parallel()
	o, arrived, _ := slow(t)
	key := o.key(`{}`)
	s := o.Stream(chat, request(`"stream":true`), bearer(key)...)
	<-arrived
	for range 2 {
		if _, ok, err := s.Next(); !ok || err != nil {
			t.Fatalf("no event: %v", err)
		}
	}
	s.Close()
	var row doc
	eventually(t, "row", func() bool {
		row, _ = member(o.look("/spend/logs?api_key="+key), 0).(doc)
		return row != nil
	})
	in, out := number(row["prompt_tokens"]), number(row["completion_tokens"])
	if in < 1 || out < 1 || !near(number(row["spend"]), 0.001*in+0.002*out) {
		t.Errorf("row %v", row)
	}
	eventually(t, "sum of what the key spent", func() bool {
		return near(number(member(o.look("/key/info?key="+key), "info", "spend")), number(row["spend"]))
	})
}

// TestSpendOfBrokenStream: a stream that the model broke off is a failure that is billed for what there was of it.
func TestSpendOfBrokenStream(t *testing.T) {
	t.Parallel()
	f := formats[0]
	o := openOfficeBefore(t, mock.New(t, func(w http.ResponseWriter, r *http.Request, _ string) {
		s := mock.StartStream(t, w, r)
		s.Send(f.open + f.piece("one two three four ") + f.fail)
	}))
	s := o.Stream(chat, request(`"stream":true`), bearer(o.key(`{}`))...)
	defer s.Close()
	if _, err := s.Rest(); err != nil {
		t.Error(err)
	}
	row := o.row(s.Header.Get("x-litellm-call-id"))
	in, out := number(row["prompt_tokens"]), number(row["completion_tokens"])
	if row["status"] != "failure" || in < 1 || out < 1 || !near(number(row["spend"]), 0.001*in+0.002*out) ||
		member(row, "metadata", "error_information", "error_class") != f.failClass {
		t.Errorf("row %v", row)
	}
}

// TestSpendWithoutUsage: what a model does not count is counted here, and marked.
func TestSpendWithoutUsage(t *testing.T) {
	t.Parallel()
	up := mock.New(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if !strings.Contains(body, `"stream":true`) {
			mock.WriteJSON(w, 200, `{"id":"whole","object":"chat.completion","created":7,"model":"m","choices":[{"index":0,"message":{"role":"assistant",`+
				`"content":"one two three four"},"finish_reason":"stop"}]}`)
			return
		}
		s := mock.StartStream(t, w, r)
		s.Send(strings.ReplaceAll(formats[0].open+formats[0].piece("one two ")+formats[0].piece("three four")+formats[0].end, `"c1"`, `"streamed"`))
	})
	o := openOfficeBefore(t, up)
	key := o.key(`{}`)
	for id, more := range map[string]string{"whole": `"n":1`, "streamed": `"stream":true`} {
		if status, _ := o.try(key, request(more)); status != 200 {
			t.Errorf("%s: answered %d", id, status)
			continue
		}
		row := o.row(id)
		in, out := number(row["prompt_tokens"]), number(row["completion_tokens"])
		if in < 1 || out < 2 || !near(number(row["spend"]), 0.001*in+0.002*out) || member(row, "metadata", "usage_estimated") != true {
			t.Errorf("row %v", row)
		}
	}
}

// TestSpendOfUnknownPrice: a call of a model whose price nobody knows costs nothing, but not silently.
func TestSpendOfUnknownPrice(t *testing.T) {
	t.Parallel()
	g := single(t, "openai/nobody-knows", mock.Numbered(t).URL+"/v1", "general_settings: {master_key: sk-secret-master, proxy_batch_write_at: 0.2}")
	o := &office{Gateway: g, t: t}
	status, id := o.try(masterKey, askWhole)
	if status != 200 {
		t.Fatalf("answered %d", status)
	}
	row := o.row(id)
	if number(row["spend"]) != 0 || number(row["total_tokens"]) != 26 || member(row, "metadata", "cost_unknown") != true {
		t.Errorf("row %v", row)
	}
	g.WaitLog(0, "the price of a model is not known")
}
