package cases

import (
	"strings"
	"testing"
)

func TestSameJSON(t *testing.T) {
	for _, c := range []struct{ want, got, err string }{
		{`{"a":1,"b":[true,null,"x"]}`, `{ "b":[true,null,"x"], "a":1.0 }`, ""},
		{`{"a":"*","b":"*"}`, `{"a":{"c":1},"b":null}`, ""},
		{`["*"]`, `[]`, "want 1 elements: [\"*\"]\n got 0 elements: []"},
		{`{"a":{"b":[1,2]}}`, `{"a":{"b":[1,3]}}`, "at a.b[1] want 2\n got 3"},
		{`{"a":1}`, `{}`, "at a want 1\n got nothing"},
		{`{}`, `{"a":"<b>"}`, "at a want nothing\n got \"<b>\""},
		{`{"a":1}`, `[1]`, "want {\"a\":1}\n got [1]"},
		{`[1]`, `{}`, "want [1]\n got {}"},
		{`"1"`, `1`, "want \"1\"\n got 1"},
		{`1`, `"1"`, "want 1\n got \"1\""},
		{`{}`, `oops`, "want {}\n got oops, which is not JSON"},
		{`no JSON`, `no JSON`, ""},
		{`no JSON`, `no json`, "the text differs at byte 3:\nwant \"no JSON\"\n got \"no json\""},
	} {
		err := sameJSON([]byte(c.want), []byte(c.got))
		if c.err == "" && err != nil || c.err != "" && (err == nil || err.Error() != c.err) {
			t.Errorf("%s and %s: %v\nwant %s", c.want, c.got, err, c.err)
		}
	}
}

func TestLongTextsAreShownWhereTheyDiffer(t *testing.T) {
	long := strings.Repeat("ä", 200)
	err := sameText(long+"x"+long, long+"y"+long)
	if err == nil || !strings.Contains(err.Error(), "differs at byte 400") || len(err.Error()) > 500 || !strings.Contains(err.Error(), "…\"ä") {
		t.Errorf("got %v", err)
	}
	if got := shorten(strings.Repeat("ä", 300)); len(got) != 403 {
		t.Errorf("%d bytes", len(got))
	}
}
