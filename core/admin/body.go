package admin

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/valyala/fasthttp"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// given are the members of a body by name. One that is there and null is not the same as one that is missing.
type given map[string]json.RawMessage

// Params are members of a body by name.
type Params = given

// readBody reads a body, which is an object or nothing. Members that are there twice are refused: another reader might
// take the other one.
func readBody(body []byte) (given, *core.Error) {
	g := given{}
	if len(bytes.TrimSpace(body)) == 0 {
		return g, nil
	}
	var doc tape.Doc
	if err := doc.Scan(body); err != nil {
		return nil, invalid("json_invalid", nil, err.Error(), nil)
	}
	if err := json.Unmarshal(body, &g); err != nil || g == nil {
		return nil, invalid("model_attributes_type", nil, "Input should be a valid object", nil)
	}
	return g, nil
}

// has reports whether a member is there and not null.
func (g given) has(name string) bool {
	v, ok := g[name]
	return ok && string(v) != "null"
}

// text returns a member that is a string, "" when it is missing or null.
func (g given) text(name string) (string, *core.Error) {
	var s *string
	if v, ok := g[name]; ok && json.Unmarshal(v, &s) != nil {
		return "", invalid("string_type", []string{name}, "Input should be a valid string", v)
	}
	if s == nil {
		return "", nil
	}
	return *s, nil
}

// texts returns a member that is a list of strings, nil when it is missing or null.
func (g given) texts(name string) ([]string, *core.Error) {
	var list []string
	if v, ok := g[name]; ok && json.Unmarshal(v, &list) != nil {
		return nil, invalid("list_type", []string{name}, "Input should be a valid list of strings", v)
	}
	return list, nil
}

// required returns a member that must be a string with something in it.
func (g given) required(name string) (string, *core.Error) {
	s, e := g.text(name)
	if e == nil && s == "" {
		return "", missing(name)
	}
	return s, e
}

func missing(name string) *core.Error {
	return invalid("missing", []string{name}, "Field required", json.RawMessage("{}"))
}

// invalid is a body that can't be what it should, in the form of LiteLLM's framework.
func invalid(kind string, at []string, message string, input json.RawMessage) *core.Error {
	if len(input) == 0 {
		input = json.RawMessage("null")
	}
	text, _ := json.Marshal([]map[string]any{{"type": kind, "loc": append([]string{"body"}, at...), "msg": message, "input": input}})
	return &core.Error{Class: core.Unprocessable, Message: message, Detail: text}
}

// detail is an error in the second shape: {"detail":{"error":…}}.
func detail(status int, message string) *core.Error {
	text, _ := json.Marshal(map[string]string{"error": message})
	return &core.Error{Class: core.ClassOf(status), Status: status, Message: message, Detail: text}
}

// refuse is an error in the envelope.
func refuse(status int, kind, param, message string) *core.Error {
	return &core.Error{Class: core.ClassOf(status), Status: status, Kind: kind, Param: param, Message: message}
}

// field reads one member of a body into a T.
type field[T any] struct {
	name string
	kind string // of error
	want string
	read func(into *T, value json.RawMessage) error
}

// apply reads the members that are given. Those that no field is for are left alone.
func apply[T any](g given, fields []field[T], into *T) *core.Error {
	for _, f := range fields {
		value, ok := g[f.name]
		if !ok {
			continue
		}
		if err := f.read(into, value); err != nil {
			message := f.want
			if said := (wrong("")); errors.As(err, &said) {
				message = string(said)
			}
			return invalid(f.kind, []string{f.name}, message, value)
		}
	}
	return nil
}

// wrong is an error that says what is wrong with a value of the right type.
type wrong string

func (w wrong) Error() string { return string(w) }

func textField[T any](name string, at func(*T) **string) field[T] {
	return field[T]{name, "string_type", "Input should be a valid string", func(into *T, v json.RawMessage) error {
		*at(into) = nil
		return json.Unmarshal(v, at(into))
	}}
}

func textsField[T any](name string, at func(*T) *[]string) field[T] {
	return field[T]{name, "list_type", "Input should be a valid list of strings", func(into *T, v json.RawMessage) error {
		*at(into) = nil
		return json.Unmarshal(v, at(into))
	}}
}

func moneyField[T any](name string, at func(*T) **core.USD) field[T] {
	return field[T]{name, "float_type", "Input should be a valid number", func(into *T, v json.RawMessage) error {
		*at(into) = nil
		if err := json.Unmarshal(v, at(into)); err != nil {
			return err
		}
		if m := *at(into); m != nil && *m < 0 {
			return wrong(name + " must not be negative")
		}
		return nil
	}}
}

func countField[T any](name string, at func(*T) **int64) field[T] {
	return field[T]{name, "int_type", "Input should be a valid integer", func(into *T, v json.RawMessage) error {
		*at(into) = nil
		if string(v) == "null" {
			return nil
		}
		n, err := wholeNumber(v)
		if err != nil {
			return err
		}
		if n < 0 {
			return wrong(name + " must not be negative")
		}
		*at(into) = &n
		return nil
	}}
}

// wholeNumber reads 5 and, as LiteLLM's framework does, 5.0.
func wholeNumber(v json.RawMessage) (int64, error) {
	f, err := strconv.ParseFloat(string(v), 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, errors.New("not a whole number")
	}
	return int64(f), nil
}

func flagField[T any](name string, at func(*T) **bool) field[T] {
	return field[T]{name, "bool_type", "Input should be a valid boolean", func(into *T, v json.RawMessage) error {
		*at(into) = nil
		return json.Unmarshal(v, at(into))
	}}
}

func mapField[T, V any](name string, at func(*T) *map[string]V) field[T] {
	return field[T]{name, "dict_type", "Input should be a valid dictionary", func(into *T, v json.RawMessage) error {
		*at(into) = nil
		return json.Unmarshal(v, at(into))
	}}
}

func periodField[T any](name string, at func(*T) **string) field[T] {
	return field[T]{name, "string_type", "Input should be a valid string", func(into *T, v json.RawMessage) error {
		*at(into) = nil
		if err := json.Unmarshal(v, at(into)); err != nil {
			return err
		}
		if p := *at(into); p != nil {
			if _, err := core.ParsePeriod(*p); err != nil {
				return wrong(name + " " + err.Error())
			}
		}
		return nil
	}}
}

// limitFields are the members that whoever has limits has.
func limitFields[T any](at func(*T) *core.Limits) []field[T] {
	return []field[T]{
		moneyField("max_budget", func(v *T) **core.USD { return &at(v).MaxBudget }),
		moneyField("soft_budget", func(v *T) **core.USD { return &at(v).SoftBudget }),
		periodField("budget_duration", func(v *T) **string { return &at(v).BudgetDuration }),
		countField("tpm_limit", func(v *T) **int64 { return &at(v).TPM }),
		countField("rpm_limit", func(v *T) **int64 { return &at(v).RPM }),
		countField("max_parallel_requests", func(v *T) **int64 { return &at(v).Parallel }),
		{"model_max_budget", "dict_type", `Input should be like {"gpt-4o": {"budget_limit": 0.5, "time_period": "1d"}}`,
			func(into *T, v json.RawMessage) error { return readModelBudgets(v, &at(into).ModelMaxBudget) }},
	}
}

func readModelBudgets(v json.RawMessage, into *map[string]core.ModelBudget) error {
	var given map[string]struct {
		Limit  *core.USD `json:"budget_limit"`
		Max    *core.USD `json:"max_budget"`
		Period string    `json:"time_period"`
		Other  string    `json:"budget_duration"`
	}
	if err := json.Unmarshal(v, &given); err != nil {
		return err
	}
	*into = nil
	for model, b := range given {
		limit, period := b.Limit, b.Period
		if limit == nil {
			limit = b.Max
		}
		if period == "" {
			period = b.Other
		}
		if limit == nil || *limit < 0 {
			return wrong("model_max_budget of " + model + " needs a budget_limit that is not negative")
		}
		if _, err := core.ParsePeriod(period); err != nil {
			return wrong("model_max_budget of " + model + ": time_period " + err.Error())
		}
		if *into == nil {
			*into = map[string]core.ModelBudget{}
		}
		(*into)[model] = core.ModelBudget{Limit: *limit, Period: period}
	}
	return nil
}

// startBudget lets a budget's first period begin now, when the period is new or another one.
func startBudget(l *core.Limits, before *string, now time.Time) {
	switch {
	case l.BudgetDuration == nil:
		l.BudgetStart = nil
	case before == nil || *before != *l.BudgetDuration || l.BudgetStart == nil:
		l.BudgetStart = &now
	}
}

func writeJSON(ctx *fasthttp.RequestCtx, answer any) *core.Error {
	text, err := json.Marshal(answer)
	if err != nil {
		return &core.Error{Class: core.InternalServer, Message: "Internal Server Error", Cause: fmt.Errorf("write the answer: %w", err)}
	}
	ctx.SetContentType("application/json")
	ctx.SetBody(text)
	return nil
}

// query returns a query parameter, "" when it is missing.
func (c *call) query(name string) string { return string(c.ctx.QueryArgs().Peek(name)) }

// queryInt returns a query parameter between bounds, or its default.
func (c *call) queryInt(name string, otherwise, least, most int) (int, *core.Error) {
	text := c.query(name)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		message := fmt.Sprintf("Input should be a valid integer from %d to %d", least, most)
		e := invalid("int_parsing", nil, message, nil)
		e.Detail, _ = json.Marshal([]map[string]any{{"type": "int_parsing", "loc": []string{"query", name}, "msg": message, "input": text}})
		return 0, e
	}
	return n, nil
}

// unknownName refuses a name that would be a policy if it were spelt right.
func unknownName(what, name string, known []string) *core.Error {
	message := fmt.Sprintf("%s %q is not known", what, name)
	if k := core.Nearest(name, known); k != "" {
		message += fmt.Sprintf("; did you mean %q?", k)
	}
	return refuse(400, "bad_request_error", what, message)
}

func sortedNames[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
