package app

import (
	"encoding/json"
	"slices"
	"testing"
)

func TestUserParams(t *testing.T) {
	params, teams := userParams(json.RawMessage(`{"max_budget":3,"available_teams":["a","b"]}`))
	if len(params) != 1 || string(params["max_budget"]) != "3" || !slices.Equal(teams, []string{"a", "b"}) {
		t.Errorf("%v, %v", params, teams)
	}
	if params, teams = userParams(nil); params != nil || teams != nil {
		t.Errorf("of nothing %v, %v", params, teams)
	}
}
