package admin

import (
	"context"
	"encoding/json"

	"github.com/sluice-gateway/sluice/core"
)

// calculateSpend answers with what a call would cost, or did. It may be public: it tells prices only.
func calculateSpend(_ context.Context, c *call) (any, *core.Error) {
	model, prompt, completion, e := c.billed()
	if e != nil {
		return nil, e
	}
	cost, ok := c.Cost(model, prompt, completion)
	if !ok {
		return nil, badCalculation("no price is known for model=" + model)
	}
	return map[string]any{"cost": cost}, nil
}

func badCalculation(why string) *core.Error { return refuse(400, "None", "", "Bad Request - "+why) }

// billed reads whose tokens are to be paid for, and how many.
func (c *call) billed() (model string, prompt, completion int, e *core.Error) {
	if model, e = c.body.text("model"); e != nil {
		return "", 0, 0, e
	}
	switch {
	case model != "" && !c.body.has("messages"):
		return "", 0, 0, badCalculation("messages must be provided if 'model' is provided")
	case model != "":
		var messages []map[string]any
		if err := json.Unmarshal(c.body["messages"], &messages); err != nil {
			return "", 0, 0, invalid("list_type", []string{"messages"}, "Input should be a valid list", c.body["messages"])
		}
		return model, c.Count(model, c.body["messages"]), 0, nil
	case c.body.has("completion_response"):
		return billedResponse(c.body["completion_response"])
	}
	return "", 0, 0, badCalculation("Either 'model' or 'completion_response' must be provided")
}

// mostTokens is more than any call has: products with prices stay amounts.
const mostTokens = 1 << 40

func billedResponse(text json.RawMessage) (model string, prompt, completion int, e *core.Error) {
	var response struct {
		Model string `json:"model"`
		Usage struct {
			Prompt     int `json:"prompt_tokens"`
			Completion int `json:"completion_tokens"`
		} `json:"usage"`
	}
	err := json.Unmarshal(text, &response)
	u := response.Usage
	if err != nil || u.Prompt < 0 || u.Completion < 0 || u.Prompt > mostTokens || u.Completion > mostTokens {
		return "", 0, 0, invalid("dict_type", []string{"completion_response"}, "Input should be a completion with its model and usage", nil)
	}
	if response.Model == "" {
		return "", 0, 0, badCalculation("completion_response must say its model")
	}
	return response.Model, u.Prompt, u.Completion, nil
}
