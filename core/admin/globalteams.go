package admin

import (
	"cmp"
	"context"
	"slices"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/store"
)

// globalTeams answers with what each team cost in the last 30 days, by day and in all.
func globalTeams(ctx context.Context, c *call) (any, *core.Error) {
	s, e := c.globalScope()
	if e != nil {
		return nil, e
	}
	d := c.lastMonth()
	var sums []store.Sum
	var err error
	if s.everybody() {
		sums, err = c.ofMany(ctx, d, store.SumTeam, "day", "id")
	} else {
		sums, err = c.Store.Spend.Report(ctx, d.from, d.until, []string{"day", "team"}, s.filter())
	}
	if err != nil {
		return nil, c.failure(err)
	}
	names, e := c.teamNames(ctx, sums, 1, "Unassigned")
	if e != nil {
		return nil, e
	}
	return teamsByDay(sums, names), nil
}

// teamNames are the names that reports give to the teams of some sums.
func (c *call) teamNames(ctx context.Context, sums []store.Sum, column int, none string) (map[string]string, *core.Error) {
	names := map[string]string{}
	var ids []string
	for _, s := range sums {
		if id := s.Group[column]; names[id] == "" {
			names[id], ids = cmp.Or(id, none), append(ids, id)
		}
	}
	for part := range slices.Chunk(ids, mostRows) {
		teams, err := c.Store.Teams.List(ctx, store.Page{Limit: mostRows}, store.Where{Column: "id", Value: part})
		if err != nil {
			return nil, c.failure(err)
		}
		for _, t := range teams {
			if t.Alias != nil && *t.Alias != "" {
				names[t.ID] = *t.Alias
			}
		}
	}
	return names, nil
}

// mostTeamTotals is how many teams are listed with what they cost in all.
const mostTeamTotals = 10

func teamsByDay(sums []store.Sum, names map[string]string) any {
	days, teams, totals := []map[string]any{}, []string{}, map[string]core.USD{}
	for _, s := range sums {
		day, name := s.Group[0], names[s.Group[1]]
		if len(days) == 0 || days[len(days)-1]["date"] != day {
			days = append(days, map[string]any{"date": day})
		}
		row := days[len(days)-1]
		before, _ := row[name].(core.USD) // teams may have the same name
		row[name] = before + s.Cost
		if _, ok := totals[name]; !ok {
			teams = append(teams, name)
		}
		totals[name] += s.Cost
	}
	slices.SortFunc(teams, func(a, b string) int { return cmp.Or(cmp.Compare(totals[b], totals[a]), cmp.Compare(a, b)) })
	most := []any{}
	for _, name := range teams[:min(len(teams), mostTeamTotals)] {
		most = append(most, map[string]any{"team_id": name, "total_spend": totals[name]})
	}
	return map[string]any{"daily_spend": days, "teams": teams, "total_spend_per_team": most}
}
