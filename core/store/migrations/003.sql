-- Sums by day for each key, user, team, customer and tag, and for all together (kind all): reports read few rows of these,
-- however many combinations the table daily holds. Kinds that end in /model are by model, the others, but all, in all.
CREATE TABLE sums (
    kind TEXT_C NOT NULL, id TEXT_C NOT NULL, day TEXT_C NOT NULL, model TEXT_C NOT NULL, provider TEXT_C NOT NULL,
    cost BIGINT NOT NULL, prompt_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL, requests BIGINT NOT NULL,
    failures BIGINT NOT NULL, PRIMARY KEY (kind, id, day, model, provider)
) CLUSTERED;
CREATE INDEX sums_day ON sums (kind, day);

-- What each has cost ever: nobody can have cost more than that on some of the days.
CREATE TABLE tops (kind TEXT_C NOT NULL, id TEXT_C NOT NULL, cost BIGINT NOT NULL, PRIMARY KEY (kind, id)) CLUSTERED;
CREATE INDEX tops_cost ON tops (kind, cost);

INSERT INTO sums SELECT 'all', '', day, model, provider, SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
    FROM daily GROUP BY day, model, provider;
INSERT INTO sums SELECT 'key/model', key_hash, day, model, provider, SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
    FROM daily GROUP BY key_hash, day, model, provider;
INSERT INTO sums SELECT 'key', id, day, '', '', SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
    FROM sums WHERE kind = 'key/model' GROUP BY id, day;
INSERT INTO sums SELECT 'user', user_id, day, '', '', SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
    FROM daily GROUP BY user_id, day;
INSERT INTO sums SELECT 'team/model', team_id, day, model, provider, SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
    FROM daily GROUP BY team_id, day, model, provider;
INSERT INTO sums SELECT 'team', id, day, '', '', SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
    FROM sums WHERE kind = 'team/model' GROUP BY id, day;
INSERT INTO sums SELECT 'customer', end_user, day, '', '', SUM(cost), SUM(prompt_tokens), SUM(output_tokens), SUM(requests), SUM(failures)
    FROM daily WHERE end_user <> '' GROUP BY end_user, day;
INSERT INTO sums SELECT 'tag', tag, day, '', '', cost, 0, 0, requests, 0 FROM daily_tags;
DROP TABLE daily_tags;
INSERT INTO tops SELECT kind, id, SUM(cost) FROM sums WHERE kind IN ('key', 'user', 'team', 'customer', 'tag') GROUP BY kind, id;

CREATE INDEX daily_key ON daily (key_hash, day);
CREATE INDEX daily_user ON daily (user_id, day);

-- Whoever has spent most, first.
CREATE INDEX counters_spent ON counters (kind, spent, id);

-- With the cost in it, the index alone answers what the whole log adds up to.
DROP INDEX spend_started;
CREATE INDEX spend_started ON spend (started, seq, cost);
CREATE INDEX spend_model ON spend (model, started, seq);
CREATE INDEX spend_status ON spend (status, started, seq);

DROP INDEX audit_at;
DROP INDEX audit_object;
CREATE INDEX audit_at ON audit (at, seq);
CREATE INDEX audit_object ON audit (object_id, at, seq);
CREATE INDEX audit_by ON audit (changed_by, at, seq);
CREATE INDEX audit_action ON audit (action, at, seq);
CREATE INDEX audit_table ON audit (table_name, at, seq);
