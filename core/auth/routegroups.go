package auth

import (
	"slices"
	"strings"
)

// group is a set of groups of routes.
type group uint32

const (
	openaiRoutes group = 1 << iota
	anthropicRoutes
	llmRoutes
	infoRoutes
	managementRoutes
	spendRoutes
	globalSpendRoutes
	publicRoutes
	internalUserRoutes
	internalViewerRoutes
	orgAdminOnlyRoutes
	orgAdminRoutes
	selfManagedRoutes
	masterKeyRoutes
	adminRoutes
	readingRoutes // besides those with GET
	unruledRoutes
)

// routeGroups is the one table of who may call which route. Rules and keys name the groups; roles are made of them. Paths
// are written without a version. What is in no group is for administrators, as adminRoutes are: those are listed to be told
// from misspelt ones.
var routeGroups = []struct {
	group
	name string
	// with are groups whose routes belong to this one too.
	with  group
	paths string
}{
	{openaiRoutes, "openai_routes", 0, `
		/chat/completions /completions /embeddings /moderations /images/generations /images/edits /images/variations
		/audio/transcriptions /audio/speech /batches /batches/{id} /batches/{id}/cancel /files /files/{id} /files/{id}/content
		/fine_tuning/jobs /fine_tuning/jobs/{id} /fine_tuning/jobs/{id}/cancel /assistants /assistants/{id} /threads /threads/{id}
		/threads/{id}/messages /threads/{id}/runs /models /models/{id} /rerank /realtime /responses /responses/{id}
		/responses/{id}/input_items /utils/token_counter`},
	{anthropicRoutes, "anthropic_routes", 0, `/messages /messages/count_tokens`},
	{llmRoutes, "llm_api_routes", openaiRoutes | anthropicRoutes, ``},
	{infoRoutes, "info_routes", 0, `
		/key/info /key/health /key/list /team/info /team/list /team/available /organization/list /organization/info /user/info /user/available_roles
		/user/filter/ui /metrics /model/info /model_group/info /health /guardrails/list /get/litellm_model_cost_map`},
	{managementRoutes, "management_routes", 0, `
		/key/generate /key/update /key/delete /key/info /key/health /key/list /key/regenerate /key/{key}/regenerate
		/user/new /user/update /user/delete /user/info
		/team/new /team/update /team/delete /team/list /team/info /team/block /team/unblock /team/available
		/model/new /model/update /model/delete /model/info`},
	{spendRoutes, "spend_tracking_routes", 0, `/spend/keys /spend/users /spend/tags /spend/calculate /spend/logs`},
	{globalSpendRoutes, "global_spend_tracking_routes", 0, `
		/global/spend /global/spend/logs /global/spend/keys /global/spend/teams /global/spend/end_users /global/spend/models
		/global/spend/report /global/spend/provider /global/predict/spend/logs`},
	{publicRoutes, "public_routes", 0, `
		/ /routes /health/liveliness /health/liveness /health/readiness /test /config/yaml /metrics /robots.txt /docs /redoc
		/openapi.json /public/* /litellm/.well-known/* /get_image /get_favicon /debug/runtime`},
	{internalUserRoutes, "internal_user_routes", spendRoutes, `
		/key/generate /key/update /key/delete /key/health /key/info /key/regenerate /key/{key}/regenerate
		/global/spend/tags /global/spend/keys /global/spend/models /global/spend/provider /global/spend/end_users
		/global/activity /global/activity/model`},
	{internalViewerRoutes, "internal_user_view_only_routes", spendRoutes | globalSpendRoutes, ``},
	{orgAdminOnlyRoutes, "org_admin_only_routes", 0, `
		/organization/info /organization/delete /organization/member_add /organization/member_update /organization/member_delete
		/team/model/add /team/model/delete`},
	{orgAdminRoutes, "org_admin_allowed_routes", managementRoutes | orgAdminOnlyRoutes, ``},
	{selfManagedRoutes, "self_managed_routes", 0, `/team/member_add /team/member_delete /team/member_update /model/new`},
	{masterKeyRoutes, "master_key_only_routes", 0, `/global/spend/reset`},
	{adminRoutes, "admin_routes", 0, `
		/key/block /key/unblock /key/bulk_update /key/aliases /key/service-account/generate
		/user/list /user/get_users /user/block /user/unblock /user/daily/activity
		/team/daily/activity /team/{id}/callback /team/{id}/disable_logging
		/customer/* /end_user/* /budget/* /organization/* /invitation/* /credentials /credentials/* /model/{id}/update
		/model_group/make_public /global/* /spend/* /audit /audit/* /config/* /get/config/callbacks /settings /active/callbacks
		/health/services /utils/* /plugins /plugins/{name}`},
	{readingRoutes, "", 0, `/key/info /key/health /budget/info /spend/calculate /global/spend/end_users`},
	{unruledRoutes, "", 0, `/health/liveliness /health/liveness /health/readiness /robots.txt`},
}

// patterns are the paths of each group.
var patterns = func() [][]string {
	all := make([][]string, len(routeGroups))
	for i := range routeGroups {
		all[i] = strings.Fields(routeGroups[i].paths)
	}
	return all
}()

// groupsOf finds the groups that a route is in.
func groupsOf(r *Route) group {
	var found group
	for i := range routeGroups {
		l := routeList{rules: patterns[i]}
		if found&routeGroups[i].with != 0 || l.fit(r.kin, false) {
			found |= routeGroups[i].group
		}
	}
	return found
}

// groupNamed finds a group by its name, with or without LiteLLM's prefix.
func groupNamed(name string) (group, bool) {
	name = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(name), groupPrefix), ".value")
	for i := range routeGroups {
		if name != "" && routeGroups[i].name == name {
			return routeGroups[i].group, true
		}
	}
	return 0, false
}

const groupPrefix = "LiteLLMRoutes."

// GroupNames lists the groups as rules spell them.
func GroupNames() []string {
	var names []string
	for i := range routeGroups {
		if routeGroups[i].name != "" {
			names = append(names, groupPrefix+routeGroups[i].name)
		}
	}
	return names
}

// RouteNames lists the paths of the table.
func RouteNames() []string { return slices.Concat(patterns...) }

// IsGroup reports whether a rule is meant to name a group, and whether there is one of that name.
func IsGroup(rule string) (meant, known bool) {
	_, known = groupNamed(rule)
	return known || strings.HasPrefix(rule, groupPrefix), known
}

// IsRoute reports whether a rule is about a route that there is, here or in the LiteLLM proxy.
func IsRoute(rule string) bool {
	if rule = strings.TrimSpace(rule); rule == "" {
		return false
	}
	rule = cleaned(rule)
	for _, rule := range []string{rule, unversioned(rule)} {
		for _, paths := range patterns {
			if slices.ContainsFunc(paths, func(p string) bool { return fits(rule, p, true) || fits(p, rule, false) }) {
				return true
			}
		}
	}
	return slices.ContainsFunc(LLM, func(r *Route) bool {
		return slices.ContainsFunc(r.paths, func(p string) bool { return fits(rule, p, true) })
	})
}
