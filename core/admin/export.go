package admin

import (
	"bytes"
	"context"
	"encoding/csv"
	"slices"
	"strconv"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// mostLines bounds an export.
const mostLines = 50_000

// exportSpend answers with sums by day, key, team, tag or model, or some of them, as JSON or CSV.
func (a *API) exportSpend(ctx *fasthttp.RequestCtx) *core.Error {
	var table []byte
	e := a.handler(func(ctx context.Context, c *call) (any, *core.Error) {
		by, sums, e := c.export(ctx)
		if e != nil || c.query("format") != "csv" {
			return exportRows(by, sums), e
		}
		table = exportTable(by, sums)
		return nil, nil
	})(ctx)
	if e == nil && table != nil {
		ctx.SetContentType("text/csv; charset=utf-8")
		ctx.Response.Header.Set("Content-Disposition", `attachment; filename="spend.csv"`)
		ctx.SetBody(table)
	}
	return e
}

var exportColumns = []string{"day", "key", "team", "tag", "model"}

// export reads what is asked for, and adds it up.
func (c *call) export(ctx context.Context) (by []string, sums []store.Sum, e *core.Error) {
	s, e := c.spendScope()
	if e != nil {
		return nil, nil, e
	}
	if f := c.query("format"); f != "" && f != "csv" && f != "json" {
		return nil, nil, detail(400, "format must be csv or json")
	}
	if by, e = c.exportedBy(); e != nil {
		return nil, nil, e
	}
	d, e := c.days(nil)
	if e != nil {
		return nil, nil, e
	}
	if slices.Contains(by, "tag") && !s.everybody() {
		return nil, nil, c.adminOnly()
	}
	if sums, e = c.exported(ctx, s, d, by); e != nil {
		return nil, nil, e
	}
	if len(sums) > mostLines {
		sums = sums[:mostLines]
		c.truncated("only the first " + strconv.Itoa(mostLines) + " lines: ask for fewer days")
	}
	return by, sums, nil
}

// exportedBy reads group_by: a list with commas, or several of them.
func (c *call) exportedBy() (by []string, e *core.Error) {
	for _, list := range c.ctx.QueryArgs().PeekMulti("group_by") {
		for name := range strings.SplitSeq(string(list), ",") {
			name = strings.TrimSpace(name)
			if !slices.Contains(exportColumns, name) || slices.Contains(by, name) {
				return nil, detail(400, "group_by must be some of day, key, team, tag and model, each once")
			}
			by = append(by, name)
		}
	}
	if len(by) == 0 {
		by = []string{"day"}
	}
	if slices.Contains(by, "tag") && slices.ContainsFunc(by, func(name string) bool { return name != "tag" && name != "day" }) {
		return nil, detail(400, "group_by: tag can only go with day")
	}
	return by, nil
}

// exported adds up from the smallest sums that tell what is asked for.
func (c *call) exported(ctx context.Context, s scope, d dayRange, by []string) (sums []store.Sum, e *core.Error) {
	kind, column := store.SumAll, ""
	for name, k := range map[string]string{"key": store.SumKey, "team": store.SumTeam, "tag": store.SumTag} {
		if slices.Contains(by, name) {
			kind, column = k, name
		}
	}
	var err error
	if !s.everybody() || slices.Contains(by, "key") && slices.Contains(by, "team") {
		sums, err = c.Store.Spend.Combinations(ctx, d.from, d.until, by, s.filter(), mostLines+1)
	} else {
		q := store.SumQuery{Kind: kind, From: d.from, Until: d.until, Limit: mostLines + 1}
		for _, name := range by {
			if name == column {
				name = "id"
			}
			q.By = append(q.By, name)
		}
		sums, err = c.Store.Spend.Sums(ctx, q)
	}
	if err != nil {
		return nil, c.failure(err)
	}
	return sums, nil
}

func exportRows(by []string, sums []store.Sum) []map[string]any {
	rows := []map[string]any{}
	for _, s := range sums {
		row := map[string]any{"spend": s.Cost, "prompt_tokens": s.Prompt, "completion_tokens": s.Output, "total_tokens": s.Prompt + s.Output,
			"requests": s.Requests, "failures": s.Failures}
		for i, name := range by {
			row[name] = s.Group[i]
		}
		rows = append(rows, row)
	}
	return rows
}

// exportTable is the rows as RFC 4180 has it.
func exportTable(by []string, sums []store.Sum) []byte {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	w.Write(append(slices.Clone(by), "spend", "prompt_tokens", "completion_tokens", "total_tokens", "requests", "failures"))
	for _, s := range sums {
		var cells []string
		for _, text := range s.Group {
			cells = append(cells, harmless(text))
		}
		cells = append(cells, string(s.Cost.AppendJSON(nil)))
		for _, n := range []int64{s.Prompt, s.Output, s.Prompt + s.Output, s.Requests, s.Failures} {
			cells = append(cells, strconv.FormatInt(n, 10))
		}
		w.Write(cells)
	}
	w.Flush()
	return b.Bytes()
}

// harmless keeps spreadsheets from taking a text for a formula: keys' and tags' names are their users'.
func harmless(text string) string {
	if start := strings.TrimLeft(text, " "); start != "" && strings.IndexByte("=+-@\t\r\n", start[0]) >= 0 {
		return "'" + text
	}
	return text
}
