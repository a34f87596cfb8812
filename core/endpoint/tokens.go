package endpoint

import (
	"encoding/json"
	"strings"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/catalog"
)

// tokenRequest is the body of /utils/token_counter.
type tokenRequest struct {
	Model    *string         `json:"model"`
	Prompt   json.RawMessage `json:"prompt"`
	Messages []struct {
		Role    string          `json:"role"`
		Name    string          `json:"name"`
		Content json.RawMessage `json:"content"`
	} `json:"messages"`
}

// TokenCounter counts the tokens of a prompt or of messages with OpenAI's tokenizers.
func (a *API) TokenCounter(ctx *fasthttp.RequestCtx) *core.Error {
	var r tokenRequest
	if err := json.Unmarshal(ctx.Request.Body(), &r); err != nil {
		return &core.Error{Class: core.BadRequest, Message: "litellm.BadRequestError: invalid JSON body: " + err.Error()}
	}
	if r.Model == nil {
		return detail(ctx, fasthttp.StatusUnprocessableEntity, []map[string]any{
			{"type": "missing", "loc": []string{"body", "model"}, "msg": "Field required", "input": map[string]any{}}})
	}
	if (r.Prompt == nil || string(r.Prompt) == "null") && r.Messages == nil {
		return detail(ctx, fasthttp.StatusBadRequest, "prompt or messages must be provided")
	}
	used := a.Pipeline.State().ModelBehind(*r.Model)
	total, tokenizer := r.count(used)
	return writeJSON(ctx, map[string]any{"total_tokens": total, "request_model": *r.Model, "model_used": used, "tokenizer_type": tokenizer})
}

func (r *tokenRequest) count(model string) (int, string) {
	if r.Messages == nil {
		return catalog.CountText(model, plainText(r.Prompt))
	}
	messages := make([]catalog.Message, len(r.Messages))
	for i, m := range r.Messages {
		messages[i] = catalog.Message{Role: m.Role, Name: m.Name, Content: plainText(m.Content)}
	}
	_, tokenizer := catalog.CountText(model, "")
	return catalog.CountChat(model, messages), tokenizer
}

// CountMessages counts the tokens of messages, a JSON list, as a prompt of a model; 0 when it is not one.
func CountMessages(model string, messages json.RawMessage) int {
	var r tokenRequest
	if json.Unmarshal(messages, &r.Messages) != nil {
		return 0
	}
	n, _ := r.count(model)
	return n
}

// plainText is the text of a string, or of the text parts of a list.
func plainText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var parts []json.RawMessage
	if json.Unmarshal(raw, &parts) != nil {
		return ""
	}
	var text strings.Builder
	for _, p := range parts {
		text.WriteString(partText(p))
	}
	return text.String()
}

// partText is the text of a member of a list: a string or an object with text.
func partText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var part struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &part) != nil {
		return ""
	}
	return part.Text
}
