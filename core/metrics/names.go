package metrics

// The tables, and which of a table's numbers and durations is what.
const (
	clientRequests = iota
	clientFailures
	requests
	usage
	served
	firstToken
	deployment
	attempts
	attemptFailures
	tagFailures
	perToken
	state
	tableCount
)

const (
	spend, totalTokens, apiFailures = 0, 1, 2 // of usage

	inputTokens, outputTokens = 0, 1 // of served
	total, api                = 0, 1

	remainingRequests, remainingTokens = 0, 1 // of deployment

	tried, succeeded = 0, 1 // of attempts
)

// newTables declares what is counted of requests. Names and labels are those of version 1.63 of the LiteLLM proxy.
func newTables() *[tableCount]table {
	all := [tableCount]table{
		clientRequests: {labels: []label{keyAlias, endUser, keyHash, requestedModel, statusCode, team, teamAlias, user, userEmail}, metrics: []metric{
			{name: "litellm_proxy_total_requests_metric_total", help: "Requests of clients.", kind: counter}}},
		clientFailures: {labels: []label{keyAlias, endUser, exceptionClass, exceptionStatus, keyHash, requestedModel, team, teamAlias, user}, metrics: []metric{
			{name: "litellm_proxy_failed_requests_metric_total", help: "Requests of clients that got an error.", kind: counter}}},
		requests: {labels: []label{keyAlias, endUser, keyHash, model, team, teamAlias, user, userEmail}, metrics: []metric{
			{name: "litellm_requests_metric_total", help: "Requests that a model served.", kind: counter}}},
		usage: {labels: []label{keyAlias, endUser, keyHash, model, team, teamAlias, user}, metrics: []metric{
			spend:       {name: "litellm_spend_metric_total", help: "US dollars spent.", kind: counter, per: 1e9},
			totalTokens: {name: "litellm_total_tokens_total", help: "Tokens of prompts and answers.", kind: counter},
			apiFailures: {name: "litellm_llm_api_failed_requests_metric_total", help: "Calls of upstreams that failed, retried ones included.", kind: counter}}},
		served: {labels: []label{keyAlias, endUser, keyHash, model, requestedGroup, team, teamAlias, user}, metrics: []metric{
			inputTokens:  {name: "litellm_input_tokens_total", help: "Tokens of prompts.", kind: counter},
			outputTokens: {name: "litellm_output_tokens_total", help: "Tokens of answers.", kind: counter},
			2 + total:    {name: "litellm_request_total_latency_metric", help: "Seconds from a request to the end of its answer.", kind: duration},
			2 + api:      {name: "litellm_llm_api_latency_metric", help: "Seconds from a call of an upstream to the end of its answer.", kind: duration}}},
		firstToken: {labels: []label{keyAlias, keyHash, model, team, teamAlias}, metrics: []metric{
			{name: "litellm_llm_api_time_to_first_token_metric", help: "Seconds from a call of an upstream to the first part of its stream.", kind: duration}}},
		deployment: {labels: []label{apiBase, keyAlias, apiProvider, keyHash, modelName, modelGroup}, metrics: []metric{
			remainingRequests: {name: "litellm_remaining_requests", help: "Requests that an upstream still allows, as it says.", kind: gauge},
			remainingTokens:   {name: "litellm_remaining_tokens", help: "Tokens that an upstream still allows, as it says.", kind: gauge},
			2:                 {name: "litellm_overhead_latency_metric", help: "Seconds that the gateway added to a request.", kind: duration}}},
		attempts: {labels: []label{apiBase, keyAlias, apiProvider, keyHash, modelName, modelID, requestedGroup, team, teamAlias}, metrics: []metric{
			tried:     {name: "litellm_deployment_total_requests_total", help: "Calls of a deployment.", kind: counter},
			succeeded: {name: "litellm_deployment_success_responses_total", help: "Calls of a deployment that succeeded.", kind: counter}}},
		attemptFailures: {labels: []label{apiBase, keyAlias, apiProvider, exceptionClass, exceptionStatus, keyHash, modelName, modelID, requestedGroup, team, teamAlias}, metrics: []metric{
			{name: "litellm_deployment_failure_responses_total", help: "Calls of a deployment that failed.", kind: counter}}},
		tagFailures: {labels: []label{apiBase, apiProvider, exceptionClass, exceptionStatus, modelName, modelID, requestedGroup, tag}, metrics: []metric{
			{name: "litellm_deployment_failure_by_tag_responses_total", help: "Calls of a deployment that failed, by the request's tags.", kind: counter}}},
		perToken: {labels: []label{apiBase, keyAlias, apiProvider, keyHash, modelName, modelID, team, teamAlias}, metrics: []metric{
			{name: "litellm_deployment_latency_per_output_token", help: "Seconds of a request for each token of its answer.", kind: duration}}},
		state: {labels: []label{apiBase, apiProvider, modelName, modelID}, metrics: []metric{
			{name: "litellm_deployment_state", help: "How a deployment's last call went: 0 well, 1 not.", kind: gauge}}},
	}
	for i := range all {
		all[i].byText = map[string]*row{}
	}
	return &all
}
