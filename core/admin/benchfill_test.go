package admin

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// benchDays is how far back the log of the benchmark goes.
const benchDays = 90

// fill makes a store with keys and calls, unless there are some already. It writes them with few statements of its own: by way
// of the API it would take hours.
func fill(ctx context.Context, dir string, keys, rows int) error {
	s, err := store.Open(ctx, store.Options{Dir: dir, Timeout: time.Minute})
	if err != nil {
		return err
	}
	n, err := s.Keys.Count(ctx)
	if err := errors.Join(err, s.Close()); err != nil || n > 0 {
		return err
	}
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "sluice.db")+"?_pragma=cache_size(-1000000)&_pragma=synchronous(OFF)&_pragma=temp_store(MEMORY)")
	if err != nil {
		return err
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	indexes, err := dropIndexes(ctx, db)
	if err != nil {
		return err
	}
	if err := fillKeys(ctx, db, keys); err != nil {
		return err
	}
	for from := 0; from < rows; from += 100_000 {
		if _, err := db.ExecContext(ctx, fillSpend, from, min(from+100_000, rows)-1, noon.UnixMicro()-benchDays*86400_000000, benchDays*86400_000000/rows, keys); err != nil {
			return fmt.Errorf("fill the log: %w", err)
		}
	}
	for _, statement := range append(fillSums, indexes...) {
		if _, err := db.ExecContext(ctx, statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

// dropIndexes drops the indexes of the tables that are filled, and returns the statements that make them again.
func dropIndexes(ctx context.Context, db *sql.DB) (again []string, err error) {
	rows, err := db.QueryContext(ctx, `SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
		AND tbl_name IN ('keys', 'audit', 'spend', 'daily', 'sums', 'tops', 'counters')`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name, statement string
		if err := rows.Scan(&name, &statement); err != nil {
			return nil, err
		}
		names, again = append(names, name), append(again, statement)
	}
	rows.Close()
	for _, name := range names {
		if _, err := db.ExecContext(ctx, "DROP INDEX "+name); err != nil {
			return nil, err
		}
	}
	return again, rows.Err()
}

// fillKeys writes keys, five of each user and a thousandth of them of each team, and the audit log of their making.
func fillKeys(ctx context.Context, db *sql.DB, keys int) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if _, err := tx.ExecContext(ctx, "CREATE TABLE bench_keys (n INTEGER PRIMARY KEY, hash TEXT)"); err != nil {
		return err
	}
	var insert [3]*sql.Stmt
	for i, statement := range []string{"INSERT INTO keys (hash, user_id, team_id, created, doc) VALUES (?, ?, ?, ?, ?)",
		"INSERT INTO audit (id, at, changed_by, action, table_name, object_id, doc) VALUES (?, ?, 'admin', ?, 'LiteLLM_VerificationToken', ?, ?)",
		"INSERT INTO bench_keys (n, hash) VALUES (?, ?)"} {
		if insert[i], err = tx.PrepareContext(ctx, statement); err != nil {
			return err
		}
	}
	for n := range keys {
		hash, user, team := benchKey(n), fmt.Sprint("user", n/5), fmt.Sprint("team", n%1000)
		k := &core.Key{Hash: hash, Name: "sk-...abcd", UserID: &user, TeamID: &team, Models: []string{"model1"}, Metadata: map[string]any{"tags": []string{"a"}},
			Change: core.Change{CreatedAt: noon.Add(time.Duration(n-10_000_000) * time.Second)}}
		e := &core.Audit{ID: newID(), At: k.CreatedAt, By: "admin", Action: []string{"created", "updated"}[n%2], Table: tableKeys, ObjectID: hash, After: withoutNulls(k)}
		_, err1 := insert[0].ExecContext(ctx, hash, user, team, k.CreatedAt.UnixMicro(), string(withoutNulls(k)))
		_, err2 := insert[1].ExecContext(ctx, e.ID, e.At.UnixMicro(), e.Action, hash, string(withoutNulls(e)))
		_, err3 := insert[2].ExecContext(ctx, n, hash)
		if err := errors.Join(err1, err2, err3); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// fillSpend writes calls ?1 to ?2, in the order of time from ?3 on, ?4 microseconds apart, of ?5 keys: half of them of keys that
// call often, half of any key.
const fillSpend = `
WITH RECURSIVE
	c(i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM c WHERE i < ?2),
	r AS MATERIALIZED (SELECT i, (i * 7919 + 13) % 1000003 / 1000003.0 AS a, i * 104729 % 999983 / 999983.0 AS b, i * 15485863 % 999979 / 999979.0 AS d FROM c),
	k AS MATERIALIZED (SELECT i, a, CASE i % 2 WHEN 0 THEN CAST(?5 * a * a * a * a AS INTEGER) ELSE CAST(?5 * b AS INTEGER) END AS key,
		CAST(200000 * d * d * d AS INTEGER) AS customer, i * 31 % 97 % 12 AS model, ?3 + i * ?4 AS started, CAST(10000000 * b AS INTEGER) AS cost FROM r)
INSERT INTO spend (request_id, started, ended, key_hash, user_id, team_id, organization_id, end_user, model, model_group, provider, cost, prompt_tokens,
	output_tokens, status, doc)
SELECT 'req' || i, started, started + 1000000, hash, 'user' || (key / 5), 'team' || (key % 1000), '', 'end' || customer, 'model' || model, 'chat',
	'provider' || (model % 4), cost, 10, 20, CASE i % 50 WHEN 0 THEN 'failure' ELSE 'success' END,
	'{"request_id":"req' || i || '","call_type":"acompletion","api_key":"' || hash || '","spend":' || (cost / 1e9) || ',"total_tokens":30,"prompt_tokens":10,' ||
	'"completion_tokens":20,"startTime":"2026-01-01T00:00:00Z","endTime":"2026-01-01T00:00:01Z","completionStartTime":null,"model":"model' || model ||
	'","model_id":"m1","model_group":"chat","custom_llm_provider":"provider' || (model % 4) || '","api_base":"https://api.openai.com","user":"user' || (key / 5) ||
	'","team_id":"team' || (key % 1000) || '","organization_id":"","end_user":"end' || customer || '","cache_hit":"False","cache_key":"","request_tags":["tag' ||
	(i % 50) || '","app' || (key % 20) || '"],"requester_ip_address":"","metadata":{"user_api_key":"' || hash ||
	'","spend_logs_metadata":{"hello":"world"},"applied_guardrails":["hide_secrets"],"status":"success"},"messages":{},"response":{},"status":"success"}'
FROM k JOIN bench_keys ON n = key`

// fillSums adds up what the log holds.
var fillSums = []string{
	`INSERT INTO daily SELECT date(started / 1000000, 'unixepoch'), key_hash, user_id, team_id, '', end_user, model, 'chat', provider, SUM(cost), SUM(prompt_tokens),
		SUM(output_tokens), COUNT(*), SUM(status = 'failure') FROM spend GROUP BY 1, 2, 3, 4, 6, 7, 9`,
	sumOf("all", "''", "model, provider"), sumOf("key/model", "key_hash", "model, provider"), sumOf("team/model", "team_id", "model, provider"),
	sumOf("key", "key_hash", "'', ''"), sumOf("team", "team_id", "'', ''"), sumOf("user", "user_id", "'', ''"), sumOf("customer", "end_user", "'', ''"),
	`INSERT INTO sums SELECT 'tag', 'tag' || (n % 50), day, '', '', cost / 50, 0, 0, requests / 50, 0 FROM (SELECT n FROM bench_keys LIMIT 50)
		CROSS JOIN (SELECT day, SUM(cost) AS cost, SUM(requests) AS requests FROM sums WHERE kind = 'all' GROUP BY day)`,
	"INSERT INTO tops SELECT kind, id, SUM(cost) FROM sums WHERE kind IN ('key', 'user', 'team', 'customer', 'tag') GROUP BY kind, id",
	"INSERT INTO counters SELECT kind, id, 0, cost, cost FROM tops WHERE kind IN ('key', 'user', 'team')",
	"INSERT INTO counters SELECT 'proxy', '', 0, SUM(cost), SUM(cost) FROM sums WHERE kind = 'all'",
	"DROP TABLE bench_keys",
}

func sumOf(kind, id, model string) string {
	return "INSERT INTO sums SELECT '" + kind + "', " + id + ", day, " + model + `, SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
		FROM daily GROUP BY ` + id + ", day, " + model
}
