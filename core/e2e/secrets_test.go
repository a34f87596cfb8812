package e2e

import (
	"bytes"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestSecrets: neither keys of clients, nor those of providers, nor the master key are shown by anything that tells what
// happened: logs, audit log, spend log, metrics, lists, errors, files. The harness looks for all of them in the log.
func TestSecrets(t *testing.T) {
	t.Parallel()
	o := openOfficeBefore(t, blabbing(t))
	key := gateway.Secret("canary")
	hash := o.manage("/key/generate", `{"key":"`+key+`","key_alias":"canary","user_id":"u","models":["gpt-3.5-turbo"],"metadata":{"tags":["canary"]}}`)["token"].(string)
	o.manage("/key/update", `{"key":"`+key+`","max_budget":7}`)
	replies := []gateway.Reply{
		o.chat(key), o.chat(key, `"user":"end"`), o.chat(key, `"stream":true`),
		o.Post(chat, strings.Replace(request(), "gpt-3.5-turbo", "gpt-4", 1), bearer(key)...),
		o.Post(chat, strings.Replace(request(), "gpt-3.5-turbo", key, 1), bearer(gateway.Secret("wrong"))...),
		o.Post(chat, request(), "Authorization", key), o.Post(chat, request(), "Authorization", "Bearer other-"+key), o.Post(chat, `{"`, bearer(key)...),
		o.Post("/key/generate", `{}`, bearer(key)...), o.Post("/key/info", `{}`, bearer(key)...),
		o.Post("/key/generate", `{"key":"`+key+`"}`, bearer(masterKey)...), o.Post("/key/update", `{"key":"`+key+`","max_budget":-1}`, bearer(masterKey)...),
		o.Get("/spend/logs?api_key="+gateway.Secret("wrong"), bearer(key)...),
	}
	o.manage("/key/block", `{"key":"`+key+`"}`)
	replies = append(replies, o.chat(key))
	o.settled(0)
	for _, path := range []string{"/audit?page_size=100", "/spend/logs", "/spend/logs?api_key=" + key, "/spend/logs/ui?page=1&page_size=10", "/spend/keys",
		"/spend/users", "/global/spend/keys", "/global/spend/logs", "/metrics", "/key/list?return_full_object=true", "/key/info?key=" + hash, "/user/info?user_id=u",
		"/model/info", "/v1/model/info", "/v1/models", "/health", "/plugins", "/config/yaml", "/debug/runtime", "/spend/export?format=csv&group_by=key"} {
		r := o.Get(path, bearer(masterKey)...)
		if r.Status >= 500 {
			t.Errorf("GET %s answered %d %s", path, r.Status, r.Body)
		}
		replies = append(replies, r)
	}
	for _, r := range replies {
		if at := bytes.Index(r.Body, []byte(gateway.SecretMark)); at >= 0 {
			t.Errorf("a secret is shown: …%s…", r.Body[max(0, at-200):min(len(r.Body), at+100)])
		}
		for name, values := range r.Header {
			if strings.Contains(strings.Join(values, " "), gateway.SecretMark) {
				t.Errorf("a secret is shown in the header %s", name)
			}
		}
	}
	o.Stop()
	kept := files(t, o.Data)
	if !bytes.Contains(kept, []byte(hash)) {
		t.Error("the files hold nothing of the key, not even its hash")
	}
	if bytes.Contains(kept, []byte(gateway.SecretMark)) {
		t.Error("a secret is in a file")
	}
}

// blabbing starts an upstream that answers some calls with an error that repeats the key which it was sent, as some do.
func blabbing(t *testing.T) *mock.Server {
	return mock.New(t, func(w http.ResponseWriter, r *http.Request, body string) {
		if strings.Contains(body, `"user":"end"`) || strings.Contains(body, `"stream":true`) {
			mock.WriteJSON(w, 401, `{"error":{"message":"Incorrect API key provided: `+strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")+
				`.","type":"invalid_request_error","code":"invalid_api_key"}}`)
			return
		}
		mock.WriteJSON(w, 200, formats[0].whole("fine"))
	})
}

// files reads all that lies in a folder.
func files(t *testing.T, dir string) []byte {
	t.Helper()
	var all bytes.Buffer
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.Bytes()
}

// TestHostileKeys: what is sent as a key is only ever compared.
func TestHostileKeys(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	hash := o.manage("/key/generate", `{}`)["token"].(string)
	for _, key := range []string{"sk-' OR '1'='1", "sk-%", "sk-_______________________", `sk-" OR ""="`, "sk-x'; DROP TABLE keys; --", "sk-" + strings.Repeat("x", 3000),
		hash, "sk-" + hash, "null", "sk-\u00e9\u4e2d"} {
		if r := o.chat(key); r.Status != 401 {
			t.Errorf("%.40q answered %d %.300s", key, r.Status, r.Body)
		}
	}
	for _, path := range []string{"/key/info?key=%25", "/key/info?key='%20OR%20''='", "/key/info?key=" + strings.Repeat("0", 64), "/key/info?key=%00"} {
		if r := o.Get(path, bearer(masterKey)...); r.Status != 404 {
			t.Errorf("%.60s answered %d %.300s", path, r.Status, r.Body)
		}
	}
	for _, path := range []string{"/spend/logs?request_id='%20OR%201=1--", "/spend/logs?user_id=%25", "/spend/logs?api_key=%25"} {
		if rows := o.look(path).([]any); len(rows) != 0 {
			t.Errorf("%s answered %v", path, rows)
		}
	}
	for _, body := range []string{`{"max_budget":-1}`, `{"expires":"2001-01-01"}`, `{"duration":"-1s"}`, `{"duration":"soon"}`, `{"permissions":{"hide_secret":true}}`,
		`{"models":"gpt-4"}`, `{"max_budget":"many"}`, `{"rpm_limit":-5}`, `{"metadata":[]}`, `{"key":"no-prefix"}`, `{"key":"` + masterKey + `"}`, `[]`, `{"models":[1]}`} {
		r := o.Post("/key/generate", body, bearer(masterKey)...)
		if r.Status != 400 && r.Status != 422 {
			t.Errorf("%s answered %d %s", body, r.Status, r.Body)
		}
	}
	made := o.manage("/key/generate", `{"key_alias":"Robert'); DROP TABLE keys;--","no_such_field":1}`)
	if made["key_alias"] != "Robert'); DROP TABLE keys;--" || made["no_such_field"] != nil {
		t.Errorf("made %v", made)
	}
	admitted(t, o.chat(made["key"].(string)))
}
