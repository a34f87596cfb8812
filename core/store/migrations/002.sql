-- What uses a budget, and whose a budget is that one alone has.

ALTER TABLE members ADD COLUMN budget_id TEXT_C;
CREATE INDEX members_budget ON members (budget_id);
CREATE INDEX members_team ON members (team_id, created, user_id);
CREATE INDEX members_of_user ON members (user_id, created);

ALTER TABLE organization_members ADD COLUMN budget_id TEXT_C;
CREATE INDEX organization_members_budget ON organization_members (budget_id);
CREATE INDEX organization_members_created ON organization_members (organization_id, created, user_id);

CREATE INDEX organizations_budget ON organizations (budget_id);
CREATE INDEX organizations_created ON organizations (created, id);

ALTER TABLE teams ADD COLUMN budget_id TEXT_C;
CREATE INDEX teams_budget ON teams (budget_id);

ALTER TABLE budgets ADD COLUMN owner TEXT_C;
CREATE INDEX budgets_owner ON budgets (owner);
CREATE INDEX budgets_created ON budgets (created, id);
