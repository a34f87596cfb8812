package e2e

import (
	"testing"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// TestGoClientWithKey: OpenAI's own client works with a virtual key, streamed and not, and understands refusals.
func TestGoClientWithKey(t *testing.T) {
	t.Parallel()
	o := openOffice(t)
	as := func(key string) openai.Client {
		return openai.NewClient(option.WithBaseURL(o.URL+"/v1"), option.WithAPIKey(key), option.WithMaxRetries(0))
	}
	client := as(o.key(`{"models":["gpt-3.5-turbo"],"metadata":{"tags":["sdk"]}}`))
	r, err := client.Chat.Completions.New(soon(t), hello("gpt-3.5-turbo"))
	if err != nil {
		t.Fatal(err)
	}
	if r.Choices[0].Message.Content != mock.Greeting {
		t.Errorf("answered %s", r.RawJSON())
	}
	checkUsage(t, r.Usage)
	params := hello("gpt-3.5-turbo")
	params.StreamOptions.IncludeUsage = openai.Bool(true)
	got := collect(t, client, params)
	if got.Choices[0].Message.Content != mock.Greeting {
		t.Errorf("streamed %+v", got.Choices)
	}
	checkUsage(t, got.Usage)
	for _, id := range []string{r.ID, got.ID} {
		row := o.row(id)
		if spent := number(row["spend"]); !near(spent, callCost) {
			t.Errorf("%s cost %v, want %v", id, spent, callCost)
		}
	}
	_, err = client.Chat.Completions.New(soon(t), hello("gpt-4"))
	wantError(t, err, 401, "key not allowed to access model")
	poor := as(o.key(`{"max_budget":0}`))
	_, err = poor.Chat.Completions.New(soon(t), hello("gpt-4"))
	if e := wantError(t, err, 400, "Budget has been exceeded!"); e.Type != "budget_exceeded" {
		t.Errorf("type %q", e.Type)
	}
	busy := as(o.key(`{"rpm_limit":0}`))
	_, err = busy.Chat.Completions.New(soon(t), hello("gpt-4"))
	wantError(t, err, 429, "Crossed TPM / RPM / Max Parallel Request Limit")
}
