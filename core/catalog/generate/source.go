package main

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// vendor is one provider as the package describes it.
type vendor struct {
	ID         string        `json:"id"`
	ModelMatch *logic        `json:"model_match"`
	Fallback   []string      `json:"fallback_model_providers"`
	Models     []vendorModel `json:"models"`
}

type vendorModel struct {
	ID            string  `json:"id"`
	Match         logic   `json:"match"`
	ContextWindow int     `json:"context_window"`
	Prices        periods `json:"prices"`
}

// logic is a condition on a model name; exactly one field is set.
type logic struct {
	Or         []logic `json:"or"`
	And        []logic `json:"and"`
	Equals     string  `json:"equals"`
	StartsWith string  `json:"starts_with"`
	EndsWith   string  `json:"ends_with"`
	Contains   string  `json:"contains"`
	Regex      string  `json:"regex"`
}

// periods are the prices of a model over time, written as a list of them or as the only one.
type periods []period

type period struct {
	Constraint struct {
		StartDate string `json:"start_date"`
		StartTime string `json:"start_time"`
		EndTime   string `json:"end_time"`
	} `json:"constraint"`
	Prices map[string]price `json:"prices"`
}

// UnmarshalJSON accepts both forms.
func (p *periods) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		var list []period
		err := json.Unmarshal(text, &list)
		*p = list
		return err
	}
	var only period
	err := json.Unmarshal(text, &only.Prices)
	*p = periods{only}
	return err
}

// price is what one unit costs, written as a number or as a base with tiers that start at a prompt size.
type price struct {
	Base  json.Number `json:"base"`
	Tiers []tier      `json:"tiers"`
}

type tier struct {
	Start int         `json:"start"`
	Price json.Number `json:"price"`
}

// UnmarshalJSON accepts both forms. It fails on more than one tier, which the list has no place for.
func (p *price) UnmarshalJSON(text []byte) error {
	if !bytes.HasPrefix(text, []byte("{")) {
		return json.Unmarshal(text, &p.Base)
	}
	type plain price
	if err := json.Unmarshal(text, (*plain)(p)); err != nil {
		return err
	}
	if len(p.Tiers) > 1 {
		return fmt.Errorf("price with %d tiers, only one is supported", len(p.Tiers))
	}
	return nil
}
