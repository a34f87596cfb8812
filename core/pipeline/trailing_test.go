package pipeline

import "testing"

func TestWithoutTrailingCommas(t *testing.T) {
	for in, want := range map[string]string{
		`{"a":1,}`:               `{"a":1}`,
		"{\"a\":[1,2,\n ],\n}":   "{\"a\":[1,2\n ]\n}",
		`{"a":",}","b":"\",]",}`: `{"a":",}","b":"\",]"}`,
		`[1,,]`:                  "",
		`{"a":1}`:                "",
		`{"a":",}"}`:             "",
		`{"a":",`:                "",
		`{"a":"\`:                "",
		`,`:                      "",
		`{,}`:                    "",
		``:                       "",
	} {
		if got := string(withoutTrailingCommas([]byte(in))); got != want {
			t.Errorf("%s became %s, want %s", in, got, want)
		}
	}
}

func TestScanTrailingComma(t *testing.T) {
	var f Flight
	if e := f.Scan([]byte(`{"model":"m","messages":[{"role":"user","content":"a,]"},],}`)); e != nil || f.Read() != nil || f.Model != "m" {
		t.Errorf("model %q, error %v", f.Model, e)
	}
	for _, body := range []string{`{"model":"m",,}`, `{"model":"m",`, `{,}`, `[1,]`, `{"a":1,"a":2,}`} {
		if e := f.Scan([]byte(body)); e == nil || e.Code() != 400 {
			t.Errorf("%s: %v", body, e)
		}
	}
}
