package admin

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

func teamInfo(ctx context.Context, c *call) (any, *core.Error) {
	id := c.query("team_id")
	if id == "" {
		e := missing("team_id")
		e.Detail = []byte(`[{"type":"missing","loc":["query","team_id"],"msg":"Field required","input":null}]`)
		return nil, e
	}
	t, err := c.Store.Teams.Get(ctx, id)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return nil, c.failure(err)
	}
	if ok, e := c.seesTeam(ctx, id, t); e != nil || !ok {
		if e == nil {
			e = refuse(403, "auth_error", "team_id", "key not allowed to access this team's info. Key team_id="+c.who.TeamID+", Requested team_id="+id)
		}
		return nil, e
	}
	if t == nil {
		return nil, refuse(404, "not_found_error", "team_id", "Team not found, passed team id: "+id)
	}
	row, members, e := c.oneTeam(ctx, t)
	if e != nil {
		return nil, e
	}
	memberships, e := c.memberships(ctx, members)
	if e != nil {
		return nil, e
	}
	keys, err := c.Store.Keys.List(ctx, store.Page{Limit: mostKeys}, store.Where{Column: "team_id", Value: id})
	if err != nil {
		return nil, c.failure(err)
	}
	shown, e := c.keysShown(ctx, keys)
	return map[string]any{"team_id": id, "team_info": row, "keys": shown, "team_memberships": memberships}, e
}

// mostKeys is how many keys an answer that lists other things shows.
const mostKeys = 1000

// seesTeam reports whether who makes the request may see a team, which may not be there.
func (c *call) seesTeam(ctx context.Context, id string, t *core.Team) (bool, *core.Error) {
	if c.reads() || c.who.TeamID == id {
		return true, nil
	}
	if t == nil {
		return false, nil
	}
	if m, e := c.membership(ctx, id); m != nil || e != nil {
		return m != nil, e
	}
	return c.governs(ctx, t.OrganizationID)
}

// teamsPerPage is how many teams or organizations a list has that does not ask for more.
const teamsPerPage = 100

// listTeams answers with a page of teams; the header x-total-count says how many there are.
func listTeams(ctx context.Context, c *call) (any, *core.Error) {
	rows, total, _, e := c.teamPage(ctx)
	if e != nil {
		return nil, e
	}
	c.setTotal(total)
	return rows, nil
}

// setTotal says how many rows a list has whose answer is a page of it and nothing else.
func (c *call) setTotal(n int) { c.ctx.Response.Header.Set("x-total-count", strconv.Itoa(n)) }

func listTeamPages(ctx context.Context, c *call) (any, *core.Error) {
	rows, total, page, e := c.teamPage(ctx)
	if e != nil {
		return nil, e
	}
	return paged("teams", rows, total, page), nil
}

// paged is a page of a list with what there is to know about it.
func paged(name string, rows any, total int, page store.Page) map[string]any {
	return map[string]any{name: rows, "total": total, "page": page.Offset/page.Limit + 1, "page_size": page.Limit,
		"total_pages": (total + page.Limit - 1) / page.Limit}
}

func (c *call) teamPage(ctx context.Context) ([]map[string]any, int, store.Page, *core.Error) {
	page, e := c.listPage(teamsPerPage)
	if e != nil {
		return nil, 0, page, e
	}
	user := c.query("user_id")
	if !c.reads() && (c.who.UserID == "" || user != c.who.UserID) {
		return nil, 0, page, detail(401, "Only admin users can query all teams/other teams. Your user role="+c.who.Role)
	}
	var where []store.Where
	if id := c.query("organization_id"); id != "" {
		where = append(where, store.Where{Column: "organization_id", Value: id})
	}
	if user != "" {
		ids, e := c.teamsOf(ctx, user)
		if e != nil {
			return nil, 0, page, e
		}
		where = append(where, store.Where{Column: "id", Value: ids})
	}
	teams, err := c.Store.Teams.List(ctx, page, where...)
	if err != nil {
		return nil, 0, page, c.failure(err)
	}
	total, err := c.Store.Teams.Count(ctx, where...)
	if err != nil {
		return nil, 0, page, c.failure(err)
	}
	rows, e := c.listedTeams(ctx, teams)
	return rows, total, page, e
}

// mostTeamsOfUser is how many teams of one user are looked at.
const mostTeamsOfUser = 1000

// teamsOf lists the teams that a user is a member of.
func (c *call) teamsOf(ctx context.Context, user string) ([]string, *core.Error) {
	members, err := c.Store.Members.List(ctx, store.Page{Limit: mostTeamsOfUser}, store.Where{Column: "user_id", Value: user})
	if err != nil {
		return nil, c.failure(err)
	}
	ids := make([]string, len(members))
	for i, m := range members {
		ids[i] = m.TeamID
	}
	return ids, nil
}

// listedTeams are teams with their keys and members, read at once. A list shows about a thousand keys and ten thousand
// members, shared among its teams; /team/info has more of each.
func (c *call) listedTeams(ctx context.Context, teams []*core.Team) ([]map[string]any, *core.Error) {
	rows, members, e := c.teamRows(ctx, teams)
	if e != nil {
		return nil, e
	}
	ids := teamIDs(teams)
	keys, err := c.Store.Keys.ListEach(ctx, "team_id", ids, max(mostKeys/max(len(ids), 1), 1))
	if err != nil {
		return nil, c.failure(err)
	}
	keyRows, e := shownBy(ctx, ids, keys, c.keysShown)
	if e != nil {
		return nil, e
	}
	memberRows, e := shownBy(ctx, ids, members, c.memberships)
	if e != nil {
		return nil, e
	}
	for i, id := range ids {
		rows[i]["keys"], rows[i]["team_memberships"] = keyRows[id], memberRows[id]
	}
	return rows, nil
}

func teamIDs(teams []*core.Team) []string {
	ids := make([]string, len(teams))
	for i, t := range teams {
		ids[i] = t.ID
	}
	return ids
}

// teamRows are teams as answers show them, and their members by team, read at once.
func (c *call) teamRows(ctx context.Context, teams []*core.Team) ([]map[string]any, map[string][]*core.Member, *core.Error) {
	ids := teamIDs(teams)
	members, err := c.Store.Members.ListEach(ctx, "team_id", ids, max(10*mostMembers/max(len(ids), 1), 10))
	if err != nil {
		return nil, nil, c.failure(err)
	}
	spent, err := c.Store.Spend.SpentBy(ctx, core.PayerTeam, ids)
	if err != nil {
		return nil, nil, c.failure(err)
	}
	rows := make([]map[string]any, len(teams))
	for i, t := range teams {
		rows[i] = c.teamRow(t, spent[t.ID], members[t.ID])
	}
	return rows, members, nil
}

// shownBy shows what several have, a part of it at a time whoever has it.
func shownBy[T any](ctx context.Context, ids []string, all map[string][]*T, show func(context.Context, []*T) ([]map[string]any, *core.Error)) (
	map[string][]map[string]any, *core.Error) {
	var flat []*T
	for _, id := range ids {
		flat = append(flat, all[id]...)
	}
	var rows []map[string]any
	for part := range slices.Chunk(flat, 1000) {
		shown, e := show(ctx, part)
		if e != nil {
			return nil, e
		}
		rows = append(rows, shown...)
	}
	by := make(map[string][]map[string]any, len(ids))
	for _, id := range ids {
		n := len(all[id])
		by[id], rows = append([]map[string]any{}, rows[:n]...), rows[n:]
	}
	return by, nil
}

// availableTeams lists the teams that a user may join by themselves, and has not joined yet.
func availableTeams(ctx context.Context, c *call) (any, *core.Error) {
	ids := slices.Clone(c.Settings().AvailableTeams)
	if c.who.UserID != "" {
		joined, e := c.teamsOf(ctx, c.who.UserID)
		if e != nil {
			return nil, e
		}
		ids = slices.DeleteFunc(ids, func(id string) bool { return slices.Contains(joined, id) })
	}
	teams, err := c.Store.Teams.List(ctx, store.Page{Limit: len(ids)}, store.Where{Column: "id", Value: ids})
	if err != nil {
		return nil, c.failure(err)
	}
	rows := make([]map[string]any, len(teams))
	for i, t := range teams {
		rows[i] = map[string]any{"team_id": t.ID, "team_alias": t.Alias, "description": t.Metadata["description"], "models": t.Models}
	}
	return rows, nil
}
