package endpoint_test

import "testing"

func TestTokenCounter(t *testing.T) {
	g := start(t, nil, mixed)
	type count struct {
		Total     int    `json:"total_tokens"`
		Request   string `json:"request_model"`
		Used      string `json:"model_used"`
		Tokenizer string `json:"tokenizer_type"`
	}
	for body, want := range map[string]count{
		`{"model":"chat","prompt":"hello world"}`:                         {2, "chat", "openai/gpt-4o", "openai_tokenizer"},
		`{"model":"nick","prompt":"hello world"}`:                         {2, "nick", "openai/gpt-4o", "openai_tokenizer"},
		`{"model":"raw","prompt":["hello"," world"]}`:                     {2, "raw", "raw", "openai_tokenizer"},
		`{"model":"openai/x","prompt":""}`:                                {0, "openai/x", "openai/x", "openai_tokenizer"},
		`{"model":"chat","prompt":7}`:                                     {0, "chat", "openai/gpt-4o", "openai_tokenizer"},
		`{"model":"chat","messages":[]}`:                                  {3, "chat", "openai/gpt-4o", "openai_tokenizer"},
		`{"model":"chat","messages":[{"role":"user","content":"hello"}]}`: {8, "chat", "openai/gpt-4o", "openai_tokenizer"},
		`{"model":"chat","messages":[{"role":"user","content":[{"type":"text","text":"hello"},{"type":"image_url"}]}]}`: {8, "chat", "openai/gpt-4o", "openai_tokenizer"},
		`{"model":"chat","messages":[{"role":"user","content":null}]}`:                                                  {7, "chat", "openai/gpt-4o", "openai_tokenizer"},
	} {
		r := g.Post("/utils/token_counter", body)
		if got := decode[count](t, r.Body); r.Status != 200 || got != want {
			t.Errorf("%s: %d %s, want %+v", body, r.Status, r.Body, want)
		}
	}
	for body, want := range map[string]string{
		`{"model":"chat"}`:               `400 {"detail":"prompt or messages must be provided"}`,
		`{"model":"chat","prompt":null}`: `400 {"detail":"prompt or messages must be provided"}`,
		`{"prompt":"x"}`:                 `422 {"detail":[{"input":{},"loc":["body","model"],"msg":"Field required","type":"missing"}]}`,
	} {
		r := g.Post("/utils/token_counter", body)
		if got := status(r) + " " + r.Body; got != want {
			t.Errorf("%s: %s", body, got)
		}
	}
	for _, body := range []string{``, `{`, `[]`, `{"model":1}`, `{"model":"chat","messages":"x"}`} {
		if r := g.Post("/utils/token_counter", body); r.Status != 400 || decode[failure](t, r.Body).Error.Code != "400" {
			t.Errorf("%s: %d %s", body, r.Status, r.Body)
		}
	}
}
