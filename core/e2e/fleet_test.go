package e2e

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
	"github.com/sluice-gateway/sluice/core/e2e/postgres"
)

// elsewhere is how long another instance may take to hear of a change.
const elsewhere = time.Second

// TestFleet runs two gateways on one Postgres: what one is told holds for the other within a second.
func TestFleet(t *testing.T) {
	t.Parallel()
	db, up := postgres.Start(t), mock.Numbered(t)
	url := fmt.Sprintf("database_url: %q", db.URL)
	a, b := openOfficeBefore(t, up, url), openOfficeBefore(t, up, url)
	key := a.key(`{"max_budget":100}`)
	team := a.manage("/team/new", `{}`)["team_id"].(string)
	theirs := a.key(`{"team_id":"` + team + `"}`)
	for _, tc := range []struct{ name, key, path, body, back, backBody string }{
		{"block", key, "/key/block", `{"key":"` + key + `"}`, "/key/unblock", `{"key":"` + key + `"}`},
		{"update", key, "/key/update", `{"key":"` + key + `","models":["gpt-4"]}`, "/key/update", `{"key":"` + key + `","models":[]}`},
		{"block of the team", theirs, "/team/block", `{"team_id":"` + team + `"}`, "/team/unblock", `{"team_id":"` + team + `"}`},
		{"block of the customer", key, "/customer/block", `{"user_ids":["end"]}`, "/customer/unblock", `{"user_ids":["end"]}`},
		{"delete", key, "/key/delete", `{"keys":["` + key + `"]}`, "", ""},
	} {
		admitted(t, a.chat(tc.key, `"user":"end"`))
		admitted(t, b.chat(tc.key, `"user":"end"`)) // from now on it is known there
		a.manage(tc.path, tc.body)
		told := time.Now()
		if r := a.chat(tc.key, `"user":"end"`); r.Status == 200 {
			t.Errorf("%s: answered %d where it was done", tc.name, r.Status)
		}
		b.hears(tc.name, told, func() bool { return b.chat(tc.key, `"user":"end"`).Status != 200 })
		if tc.back == "" {
			continue
		}
		b.manage(tc.back, tc.backBody)
		a.hears("end of the "+tc.name, time.Now(), func() bool { return a.chat(tc.key, `"user":"end"`).Status == 200 })
	}
	for _, o := range []*office{a, b} {
		o.settled(2)
	}
}

// hears waits for a change that was made elsewhere. A request that comes a second later must know of it.
func (o *office) hears(what string, told time.Time, known func() bool) {
	o.t.Helper()
	eventually(o.t, what, func() bool {
		late := time.Since(told) > elsewhere
		if known() {
			return true
		}
		if late {
			o.t.Errorf("the %s is not known elsewhere after a second", what)
		}
		return late
	})
}

// settled waits until what calls have cost, at least so many of them, is all in the database, and checks the sums.
func (o *office) settled(calls int) {
	o.t.Helper()
	var sums doc
	eventually(o.t, "end of the backlog", func() bool {
		sums = o.look("/spend/reconcile").(doc)
		return number(member(sums, "backlog", "files")) == 0
	})
	if number(sums["difference"]) != 0 || number(sums["logged"]) < float64(calls)*callCost-1e-9 {
		o.t.Errorf("at least %d calls were made, sums %v", calls, sums)
	}
}

// TestDatabaseAway pauses Postgres. A gateway that is told so goes on with the keys that it knows; another one says, soon,
// that it can't serve. None says that a key is wrong. What calls cost is written when the database is back.
func TestDatabaseAway(t *testing.T) {
	t.Parallel()
	db, up := postgres.Start(t), mock.Numbered(t)
	url := fmt.Sprintf("database_url: %q", db.URL)
	strict := openOfficeBefore(t, up, url, "database_connection_timeout: 1")
	key, unknown := strict.key(`{"max_budget":100}`), strict.key(`{}`)
	// It is started after the keys were made: it would forget them when it hears of that.
	goesOn := openOfficeBefore(t, up, url, "database_connection_timeout: 1", "allow_requests_on_db_unavailable: true")
	admitted(t, strict.chat(key))
	admitted(t, goesOn.chat(key))
	db.Pause()
	for _, o := range []*office{strict, goesOn} {
		away(t, o, unknown)
	}
	eventually(t, "refusal", func() bool {
		r := strict.chat(key)
		if r.Status != 200 && r.Status != 503 {
			t.Errorf("answered %d %s", r.Status, r.Body)
		}
		return r.Status == 503
	})
	const calls = 5
	for range calls {
		admitted(t, goesOn.chat(key))
	}
	admitted(t, strict.chat(masterKey))
	away(t, goesOn, unknown)
	db.Resume()
	eventually(t, "end of the refusals", func() bool { return strict.chat(key).Status == 200 })
	eventually(t, "end of the refusals", func() bool { return goesOn.chat(unknown).Status == 200 })
	strict.settled(0)
	goesOn.settled(calls)
	if n, sent := len(goesOn.logOf(key))+len(goesOn.logOf(unknown))+len(goesOn.logOf(masterKey)), len(up.Requests()); n != sent {
		t.Errorf("%d calls are logged of %d", n, sent)
	}
}

// away checks that a key that would have to be looked up is refused with what is true.
func away(t *testing.T, o *office, key string) {
	t.Helper()
	r := o.chat(key)
	if e := refused(t, r, 503, "None", "the database is not available"); strings.Contains(e.Message, "Authentication") || r.Header.Get("Retry-After") == "" {
		t.Errorf("answered %s, retry-after %q", r.Body, r.Header.Get("Retry-After"))
	}
}
