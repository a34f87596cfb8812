package relay

import (
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// Request passes on a request to the exchange's vendor.
func Request(c *sdk.Call, s *State) error { return RequestWith(c, s, QuirksOf(c)) }

// RequestWith is Request for a vendor with those quirks.
func RequestWith(c *sdk.Call, s *State, q Quirks) error {
	s.quirks = q
	if s.prompt = prompted(c, q); s.prompt {
		prompt(c, q)
		return nil
	}
	if prefix := v1(c, q); prefix != "" {
		c.Path(prefix + path(c, q))
	}
	doc := c.Doc()
	e := plan(c, doc, q)
	if e.none() {
		c.Pass()
		return nil
	}
	o := c.Out()
	w := o.Object()
	for m := doc.First(); m.Exists(); m = m.Next() {
		if err := e.member(o, &w, m); err != nil {
			return err
		}
	}
	if e.usage && !doc.Get(keyStreamOptions).IsObject() {
		w.Key("stream_options").Lit(`{"include_usage":true}`)
	}
	c.Body(w.Close())
	return nil
}

// edits says what of a request has to be written anew.
type edits struct {
	messages    messageEdits
	usage       bool   // ask for usage
	noOptions   bool   // leave out stream_options
	noFormat    bool   // leave out encoding_format
	promptAsMsg bool   // a completions request becomes one to the chat endpoint
	model       string // the model's name for the vendor, "" = as it is
}

func (e *edits) none() bool {
	return !e.messages.any && !e.usage && !e.noOptions && !e.noFormat && !e.promptAsMsg && e.model == ""
}

func plan(c *sdk.Call, doc sdk.Value, q Quirks) edits {
	var e edits
	switch c.Endpoint() {
	case hostabi.Chat:
		e.messages = planMessages(doc.Get(keyMessages), q, c.NoSystem())
	case hostabi.Completions:
		e.promptAsMsg = q.has(CompletionsByChat)
	case hostabi.Embeddings:
		e.noFormat = q.has(NoFloatFormat) && doc.Get(keyEncodingFormat).Is(formatFloat)
	}
	options := doc.Get(keyStreamOptions)
	switch {
	case q.has(NoStreamOptions):
		e.noOptions = options.Exists()
	case !q.has(StreamOptionsAsGiven):
		e.usage = c.Stream() && !options.Get(keyIncludeUsage).True()
	}
	if q.has(FireworksModels | RouterModels) {
		e.model = rename(c.Attr(keyModel), q)
	}
	return e
}

// rename writes a model's name as the vendor wants it, "" when it is right as it is.
func rename(model string, q Quirks) string {
	if q.has(FireworksModels) && !strings.HasPrefix(model, "accounts/") && !strings.Contains(model, "/") {
		return "accounts/fireworks/models/" + model
	}
	if provider, name, _ := strings.Cut(model, "/"); q.has(RouterModels) && strings.Contains(name, "/") {
		return name + ":" + provider
	}
	return ""
}

func (e *edits) member(o *sdk.Out, w *sdk.Object, m sdk.Value) error {
	switch key := m.Key(); {
	case key == keyMessages && e.messages.any:
		e.messages.write(w.Key("messages"), m)
	case key == keyStreamOptions && e.noOptions, key == keyEncodingFormat && e.noFormat:
	case key == keyStreamOptions && e.usage:
		if m.IsObject() {
			askUsage(w.Key("stream_options"), m)
		}
	case key == keyModel && e.model != "":
		w.Key("model").String(e.model)
	case key == keyPrompt && e.promptAsMsg:
		if !chat.WritePrompt(w.Key("messages"), m) {
			return sdk.BadRequest("this provider has no completions endpoint; its chat endpoint takes one prompt, a string")
		}
	default:
		w.Keep(m)
	}
	return nil
}

func askUsage(o *sdk.Out, options sdk.Value) {
	w := o.Object()
	for m := options.First(); m.Exists(); m = m.Next() {
		if m.Key() != keyIncludeUsage {
			w.Keep(m)
		}
	}
	w.Key("include_usage").Lit("true")
	w.Close()
}

// v1 is what comes before the path: base URLs of some vendors are given with and without it.
func v1(c *sdk.Call, q Quirks) string {
	if !q.has(AddsV1) || strings.HasSuffix(c.Attr(attrBasePath), "/v1") {
		return ""
	}
	return "/v1"
}

func path(c *sdk.Call, q Quirks) string {
	switch e := c.Endpoint(); {
	case e == hostabi.Embeddings:
		return "/embeddings"
	case e == hostabi.Completions && !q.has(CompletionsByChat):
		return "/completions"
	}
	return "/chat/completions"
}
