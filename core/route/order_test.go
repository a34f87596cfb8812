package route

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

func read(t *testing.T, text string, targets []*core.Deployment) (string, string, error) {
	t.Helper()
	var d tape.Doc
	if err := d.Scan([]byte(text)); err != nil {
		t.Fatal(err)
	}
	order, why, err := readOrder(&d, targets)
	ids := ""
	for _, o := range order {
		ids += o.ID
	}
	return ids, why, err
}

func TestOrder(t *testing.T) {
	targets := groupOf(core.Deployment{}, core.Deployment{}, core.Deployment{}).choices
	for text, want := range map[string]string{
		`{"order":[0,1,2]}`: "abc", `{"order":[2,0,1],"why":"x"}`: "cab", "{\"order\" : [ 1 ,\n0 ]}": "ba", `{"order":[1]}`: "b", `{"order":[]}`: "",
		`{"order":[ ]}`: "", `{"order":[0],"more":1}`: "a",
	} {
		if got, _, err := read(t, text, targets); err != nil || got != want {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
	for _, text := range []string{
		`{}`, `[]`, `[0]`, `3`, `"order"`, `{"order":null}`, `{"order":"0"}`, `{"order":{"0":1}}`, `{"order":[3]}`, `{"order":[-1]}`, `{"order":[0,0]}`,
		`{"order":[1.0]}`, `{"order":[1e0]}`, `{"order":["a"]}`, `{"order":[0,"1"]}`, `{"order":[[0]]}`, `{"order":[null]}`, `{"order":[0],"why":1}`,
		`{"order":[99999999999999999999]}`, `{"order":[0],"why":null}`,
	} {
		if got, _, err := read(t, text, targets); err == nil {
			t.Errorf("%s is accepted as %q", text, got)
		}
	}
}

func TestWhy(t *testing.T) {
	targets := groupOf(core.Deployment{}).choices
	for why, want := range map[string]string{"": "", "cheap": "cheap", `a\"b`: `a"b`, strings.Repeat("é", maxWhy): strings.Repeat("é", maxWhy/2)} {
		if _, got, err := read(t, `{"order":[0],"why":"`+why+`"}`, targets); err != nil || got != want {
			t.Errorf("%.40s: %.40q, %v", why, got, err)
		}
	}
}

func FuzzOrder(f *testing.F) {
	for _, s := range []string{`{"order":[0,1]}`, `{"order":[2],"why":"x"}`, `{"order":[]}`, `{"order":[0,[1]]}`, `{"order":[-0]}`, `{"order":[0],"order":[1]}`} {
		f.Add(s)
	}
	targets := groupOf(core.Deployment{}, core.Deployment{}, core.Deployment{}).choices
	f.Fuzz(func(t *testing.T, text string) {
		var d tape.Doc
		if d.Scan([]byte(text)) != nil {
			return
		}
		order, why, err := readOrder(&d, targets)
		if err != nil {
			return
		}
		for i, o := range order {
			if !slices.Contains(targets, o) || slices.Contains(order[:i], o) {
				t.Fatalf("%s gives %v", text, order)
			}
		}
		if len(why) > maxWhy {
			t.Fatalf("%d bytes of why", len(why))
		}
		var want map[string]json.RawMessage
		if err := json.Unmarshal([]byte(text), &want); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	})
}
