package main

import (
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

// Parameters that are translated. All others go to Anthropic as they came.
const (
	paramModel uint8 = 1 + iota
	paramMessages
	paramPrompt
	paramStream
	paramMaxTokens
	paramMaxCompletionTokens
	paramTemperature
	paramTopK
	paramStop
	paramStopSequences
	paramUser
	paramSafetyIdentifier
	paramMetadata
	paramSystem
	paramTools
	paramFunctions
	paramToolChoice
	paramFunctionCall
	paramParallelToolCalls
	paramWebSearch
	paramResponseFormat
	paramReasoningEffort
	paramThinking
	paramMCPServers
	paramN
	paramHint // has no effect on the answer and no counterpart
	paramCount
)

var params = number(map[string]uint8{
	"model":                  paramModel,
	"messages":               paramMessages,
	"prompt":                 paramPrompt,
	"stream":                 paramStream,
	"stream_options":         paramHint,
	"max_tokens":             paramMaxTokens,
	"max_completion_tokens":  paramMaxCompletionTokens,
	"temperature":            paramTemperature,
	"top_k":                  paramTopK,
	"stop":                   paramStop,
	"stop_sequences":         paramStopSequences,
	"user":                   paramUser,
	"safety_identifier":      paramSafetyIdentifier,
	"metadata":               paramMetadata,
	"system":                 paramSystem,
	"tools":                  paramTools,
	"functions":              paramFunctions,
	"tool_choice":            paramToolChoice,
	"function_call":          paramFunctionCall,
	"parallel_tool_calls":    paramParallelToolCalls,
	"web_search_options":     paramWebSearch,
	"response_format":        paramResponseFormat,
	"reasoning_effort":       paramReasoningEffort,
	"thinking":               paramThinking,
	"mcp_servers":            paramMCPServers,
	"n":                      paramN,
	"store":                  paramHint,
	"prompt_cache_key":       paramHint,
	"prompt_cache_retention": paramHint,
})

// request is the client's request on its way to Anthropic's format.
type request struct {
	c     *sdk.Call
	o     *sdk.Out
	given [paramCount]sdk.Value // translated parameters that are present and not null
	betas betas
	// budget is how many tokens the model may think, 0 when it won't; effort tells that the client named no number.
	budget int64
	effort bool
}

func onRequest(c *sdk.Call, s *state) error {
	if !c.Doc().IsObject() {
		return sdk.BadRequest("the request is not a JSON object")
	}
	q := request{c: c, o: c.Out()}
	q.open(c.Doc())
	if err := q.write(s); err != nil {
		return err
	}
	q.o.Lit("}")
	q.route()
	c.Body(q.o)
	return nil
}

// open writes the model and what needs no translation, and sorts out what does.
func (q *request) open(root sdk.Value) {
	q.o.Lit(`{"model":`).Raw(root.Get(keyModel))
	for m := root.First(); m.Exists(); m = m.Next() {
		n := params.of(m.Key())
		if n == 0 {
			q.o.Lit(",").Member(m)
		} else if !m.IsNull() {
			q.given[n] = m
		}
	}
}

func (q *request) write(s *state) error {
	if err := q.one(); err != nil {
		return err
	}
	unthought, err := q.talk()
	if err != nil {
		return err
	}
	if err := q.think(unthought); err != nil {
		return err
	}
	q.limit()
	q.sampling()
	q.identify()
	if q.c.Endpoint() == hostabi.Chat {
		q.toolbox(s)
	}
	return nil
}

// toolbox writes the tools and which of them the model has to call.
func (q *request) toolbox(s *state) {
	tools := q.tools()
	s.json = q.answerJSON(&tools)
	tools.end()
	if tools.count > 0 {
		q.choose(s.json, tools.count)
	}
}

// one refuses to ask for several answers, which Anthropic doesn't give. n = 1 is what some clients always send.
func (q *request) one() error {
	n := q.given[paramN]
	if !n.Exists() || n.Int() == 1 || q.c.DropParams() {
		return nil
	}
	return sdk.Refuse(hostabi.UnsupportedParams, "anthropic does not support parameters: ['n'], for model="+
		q.given[paramModel].Text()+". To drop these, set `litellm_settings: drop_params: true`")
}

// sampling writes what shapes the text: temperature, stop sequences and whether it is streamed.
func (q *request) sampling() {
	q.member(paramStream)
	if !q.effort {
		q.member(paramTemperature)
		q.member(paramTopK)
	}
	stop := q.given[paramStop]
	if !stop.Exists() {
		q.member(paramStopSequences)
		return
	}
	stops := list{o: q.o, open: `,"stop_sequences":[`}
	if stop.IsString() && !blank(stop) {
		stops.next().Raw(stop)
	}
	for s := elements(stop); s.Exists(); s = s.Next() {
		if !blank(s) {
			stops.next().Raw(s)
		}
	}
	stops.end()
}

// identify names the end user, and the servers whose tools the model may use.
func (q *request) identify() {
	if q.given[paramMCPServers].Exists() {
		q.member(paramMCPServers)
		q.betas.add(betaMCP)
	}
	user := q.given[paramUser]
	if !user.Exists() {
		user = q.given[paramSafetyIdentifier]
	}
	if !user.Exists() {
		q.member(paramMetadata)
		return
	}
	q.o.Lit(`,"metadata":{"user_id":`).Raw(user).Lit("}")
}

// member passes a parameter on by its own name.
func (q *request) member(n uint8) {
	if v := q.given[n]; v.Exists() {
		q.o.Lit(",").Member(v)
	}
}

var attrBasePath = sdk.Name("api_base_path")

// route keeps the path right for an api_base that names a part of it already, and asks for the betas that were used.
func (q *request) route() {
	switch base := q.c.Attr(attrBasePath); {
	case strings.HasSuffix(base, "/v1/messages"):
		q.c.Path("")
	case strings.HasSuffix(base, "/v1"):
		q.c.Path("/messages")
	}
	if h := q.betas.header(); h != "" {
		q.c.Header("anthropic-beta", h)
	}
}

// elements returns the first element of an array, nothing for other values.
func elements(v sdk.Value) sdk.Value {
	if !v.IsArray() {
		return sdk.Value{}
	}
	return v.First()
}

// maxBlank is the longest text that is looked at for white space only: looking means fetching it.
const maxBlank = 4

// blank reports whether a string holds nothing but white space: Anthropic refuses such texts.
func blank(v sdk.Value) bool {
	return v.Len() == 0 || v.Len() <= maxBlank && strings.TrimSpace(v.Text()) == ""
}
