-- Each thing is a row with the columns that it is searched by, and a document with all there is to it. Times are
-- microseconds since 1970, amounts of money billionths of a dollar.

CREATE TABLE keys (
    hash TEXT_C PRIMARY KEY, alias TEXT_C UNIQUE, user_id TEXT_C, team_id TEXT_C, organization_id TEXT_C, budget_id TEXT_C,
    created BIGINT NOT NULL, expires BIGINT, doc TEXT NOT NULL
);
CREATE INDEX keys_user ON keys (user_id, created, hash);
CREATE INDEX keys_team ON keys (team_id, created, hash);
CREATE INDEX keys_organization ON keys (organization_id, created, hash);
CREATE INDEX keys_budget ON keys (budget_id);
CREATE INDEX keys_created ON keys (created, hash);

CREATE TABLE teams (
    id TEXT_C PRIMARY KEY, alias TEXT_C, organization_id TEXT_C, created BIGINT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX teams_organization ON teams (organization_id, created, id);
CREATE INDEX teams_created ON teams (created, id);

CREATE TABLE members (
    team_id TEXT_C NOT NULL, user_id TEXT_C NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (team_id, user_id)
);
CREATE INDEX members_user ON members (user_id, team_id);

CREATE TABLE users (
    id TEXT_C PRIMARY KEY, email TEXT_C UNIQUE, role TEXT_C, created BIGINT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX users_role ON users (role, created, id);
CREATE INDEX users_created ON users (created, id);

CREATE TABLE customers (
    id TEXT_C PRIMARY KEY, blocked BIGINT NOT NULL, budget_id TEXT_C, created BIGINT NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX customers_blocked ON customers (blocked, id);
CREATE INDEX customers_budget ON customers (budget_id);
CREATE INDEX customers_created ON customers (created, id);

CREATE TABLE organizations (
    id TEXT_C PRIMARY KEY, alias TEXT_C, budget_id TEXT_C, created BIGINT NOT NULL, doc TEXT NOT NULL
);

CREATE TABLE organization_members (
    organization_id TEXT_C NOT NULL, user_id TEXT_C NOT NULL, created BIGINT NOT NULL, doc TEXT NOT NULL,
    PRIMARY KEY (organization_id, user_id)
);
CREATE INDEX organization_members_user ON organization_members (user_id);

CREATE TABLE budgets (id TEXT_C PRIMARY KEY, created BIGINT NOT NULL, doc TEXT NOT NULL);

CREATE TABLE models (id TEXT_C PRIMARY KEY, name TEXT_C NOT NULL, team_id TEXT_C, created BIGINT NOT NULL, doc TEXT NOT NULL);
CREATE INDEX models_name ON models (name);

CREATE TABLE credentials (name TEXT_C PRIMARY KEY, created BIGINT NOT NULL, doc TEXT NOT NULL);

CREATE TABLE settings (name TEXT_C PRIMARY KEY, created BIGINT NOT NULL, doc TEXT NOT NULL);

-- What each has spent: in the budget's duration that began at window_start, and ever.
CREATE TABLE counters (
    kind TEXT_C NOT NULL, id TEXT_C NOT NULL, window_start BIGINT NOT NULL, spent BIGINT NOT NULL, total BIGINT NOT NULL,
    PRIMARY KEY (kind, id)
);

CREATE TABLE spend (
    seq SERIAL_KEY, request_id TEXT_C NOT NULL, started BIGINT NOT NULL, ended BIGINT NOT NULL, key_hash TEXT_C NOT NULL,
    user_id TEXT_C NOT NULL, team_id TEXT_C NOT NULL, organization_id TEXT_C NOT NULL, end_user TEXT_C NOT NULL,
    model TEXT_C NOT NULL, model_group TEXT_C NOT NULL, provider TEXT_C NOT NULL, cost BIGINT NOT NULL,
    prompt_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL, status TEXT_C NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX spend_request ON spend (request_id);
CREATE INDEX spend_started ON spend (started, seq);
CREATE INDEX spend_key ON spend (key_hash, started, seq);
CREATE INDEX spend_user ON spend (user_id, started, seq);
CREATE INDEX spend_team ON spend (team_id, started, seq);
CREATE INDEX spend_end_user ON spend (end_user, started, seq);

-- Sums by day, so that reports never read the log. A row per combination, and one per tag.
CREATE TABLE daily (
    day TEXT_C NOT NULL, key_hash TEXT_C NOT NULL, user_id TEXT_C NOT NULL, team_id TEXT_C NOT NULL,
    organization_id TEXT_C NOT NULL, end_user TEXT_C NOT NULL, model TEXT_C NOT NULL, model_group TEXT_C NOT NULL,
    provider TEXT_C NOT NULL, cost BIGINT NOT NULL, prompt_tokens BIGINT NOT NULL, output_tokens BIGINT NOT NULL,
    requests BIGINT NOT NULL, failures BIGINT NOT NULL,
    PRIMARY KEY (day, key_hash, user_id, team_id, organization_id, end_user, model, model_group, provider)
);
CREATE TABLE daily_tags (
    day TEXT_C NOT NULL, tag TEXT_C NOT NULL, cost BIGINT NOT NULL, requests BIGINT NOT NULL, PRIMARY KEY (day, tag)
);

-- Batches of the spool that are in the tables above: one that comes again after a crash is not counted twice.
CREATE TABLE batches (id TEXT_C PRIMARY KEY, at BIGINT NOT NULL);

CREATE TABLE audit (
    seq SERIAL_KEY, id TEXT_C NOT NULL UNIQUE, at BIGINT NOT NULL, changed_by TEXT_C NOT NULL, action TEXT_C NOT NULL,
    table_name TEXT_C NOT NULL, object_id TEXT_C NOT NULL, doc TEXT NOT NULL
);
CREATE INDEX audit_object ON audit (object_id, seq);
CREATE INDEX audit_at ON audit (at);

-- What was changed, for those who keep copies in memory.
CREATE TABLE changes (seq SERIAL_KEY, kind TEXT_C NOT NULL, id TEXT_C NOT NULL, at BIGINT NOT NULL);
CREATE INDEX changes_at ON changes (at);
