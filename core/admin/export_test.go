package admin

import (
	"encoding/csv"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/store"
)

func TestExport(t *testing.T) {
	o := open(t)
	o.spent()
	days := "/spend/export?start_date=2026-01-31&end_date=2026-02-01"
	sums := func(spend string, calls, tokens, failures string) string {
		return `"spend":` + spend + `,"prompt_tokens":` + tokens + `0,"completion_tokens":` + map[string]string{"1": "20", "2": "40", "3": "60", "4": "80"}[tokens] +
			`,"total_tokens":` + map[string]string{"1": "30", "2": "60", "3": "90", "4": "120"}[tokens] + `,"requests":` + calls + `,"failures":` + failures + `}`
	}
	o.is("GET", days, "", `[{"day":"2026-01-31",`+sums("0.3", "1", "1", "0")+`,{"day":"2026-02-01",`+sums("0.7", "4", "3", "1")+`]`)
	o.is("GET", days+"&group_by=team&format=json", "", `[{"team":"",`+sums("0.6", "4", "3", "1")+`,{"team":"t1",`+sums("0.4", "1", "1", "0")+`]`)
	o.is("GET", days+"&group_by=tag", "", `[{"tag":"app-a",`+sums("0.4", "2", "2", "0")+`,{"tag":"app-b",`+sums("0.5", "2", "2", "0")+`]`)
	o.is("GET", days+"&group_by=team,key&group_by=model", "", `[{"team":"","key":"`+adasKey+`","model":"claude",`+sums("0.2", "1", "1", "0")+`,
		{"team":"","key":"`+adasKey+`","model":"gpt-4o",`+sums("0.4", "3", "2", "1")+`,{"team":"t1","key":"`+bobsKey+`","model":"gpt-4o",`+sums("0.4", "1", "1", "0")+`]`)
	for query, want := range map[string]string{"group_by=user": "group_by must be", "group_by=day,day": "each once", "group_by=tag,model": "tag can only go with day",
		"format=xml": "format must be"} {
		o.refused("GET", days+"&"+query, "", 400, want)
	}
	o.who = ada
	o.is("GET", days+"&group_by=key", "", `[{"key":"`+adasKey+`",`+sums("0.6", "4", "3", "1")+`]`)
	o.refused("GET", days+"&group_by=tag", "", 401, "Only proxy admin")
}

func TestExportCSV(t *testing.T) {
	o := open(t)
	nasty := []string{"=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "\tx", " =1+1", `quo"te, comma`, "new\nline", "plain"}
	for i, tag := range nasty {
		c := spendOf(tag, noon, adasKey, "ada", float64(i))
		c.Tags = []string{tag}
		o.settle(c)
	}
	url := "/spend/export?format=csv&group_by=day,tag&start_date=2026-02-01&end_date=2026-02-01"
	text := o.do("GET", url, "").text
	if !strings.HasPrefix(text, "day,tag,spend,prompt_tokens,completion_tokens,total_tokens,requests,failures\r\n") {
		t.Errorf("header of %q", text)
	}
	if !strings.Contains(text, `2026-02-01,"quo""te, comma",6.0,10,20,30,1,0`+"\r\n") {
		t.Errorf("quoting in %q", text)
	}
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil || len(rows) != len(nasty)+1 {
		t.Fatalf("%d rows, %v", len(rows), err)
	}
	for _, row := range rows[1:] {
		if start := strings.TrimLeft(row[1], " "); strings.ContainsAny(start[:1], "=+-@\t") {
			t.Errorf("a spreadsheet would run %q", row[1])
		}
	}
	if kind := o.header(url, "Content-Type"); kind != "text/csv; charset=utf-8" {
		t.Errorf("content type %s", kind)
	}
}

// Whatever clients call their tags, a table keeps its shape and its cells are no formulas.
func FuzzExportTable(f *testing.F) {
	for _, seed := range []string{"a", `"`, "=1+1", " \t-1", "a\r\nb", ",", "'", "\x00"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, tag string) {
		rows, err := csv.NewReader(strings.NewReader(string(exportTable([]string{"tag"}, []store.Sum{{Group: []string{tag}}})))).ReadAll()
		if err != nil || len(rows) != 2 || len(rows[1]) != 7 || rows[1][1] != "0.0" {
			t.Fatalf("%q became %q, %v", tag, rows, err)
		}
		if start := strings.TrimLeft(rows[1][0], " "); start != "" && strings.IndexByte("=+-@\t\r\n", start[0]) >= 0 {
			t.Errorf("a spreadsheet would run %q", rows[1][0])
		}
	})
}
