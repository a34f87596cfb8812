// Package cases holds what a plugin must answer to what: written as YAML beside its source, packed into its module, and
// run natively, in wasm and by every gateway that loads the module.
//
// A plugin's folder cases has files like this one, each a list:
//
//   - name: hides the word
//     text: the secret is out
//     want: the [REDACTED] is out
//   - name: blocks what the service objects to
//     stage: output
//     text: something bad
//     calls: [{upstream: judge, reply: {json: {flagged: true}}}]
//     block: not allowed
//
// In what is compared as JSON the string "*" stands for anything. Where a document is expected a string is taken as the
// document's text.
package cases

// Case is one thing that a plugin is asked, and the answer that it must give. Which members may be set depends on the
// kind of the plugin.
type Case struct {
	Name  string `yaml:"name" json:"name"`
	Place string `yaml:"-" json:"place,omitempty"` // file and line that it was read from

	// Of all kinds. Settings are what the operator set. Attrs and Headers are of the exchange. Calls answers HTTP calls;
	// each of them must be made. Fail is the error that must come.
	Settings JSON              `yaml:"settings" json:"settings,omitempty"`
	Attrs    map[string]string `yaml:"attrs" json:"attrs,omitempty"`
	Headers  map[string]string `yaml:"headers" json:"headers,omitempty"`
	Calls    []Call            `yaml:"calls" json:"calls,omitempty"`
	Fail     *Fail             `yaml:"fail" json:"fail,omitempty"`

	// Of guards. Stage is input (default) or output; output is also sent as a stream, cut at every byte, when the plugin
	// has the hook window. Text is one segment: the user's in a request, the assistant's in a response. Want is the
	// text, or the texts of all segments, after the edits; without it nothing may change. Block is what the refusal's
	// message must contain. Flags are the labels that must be set, in any order.
	Stage    string    `yaml:"stage" json:"stage,omitempty"`
	Text     *string   `yaml:"text" json:"text,omitempty"`
	Segments []Segment `yaml:"segments" json:"segments,omitempty"`
	Block    *string   `yaml:"block" json:"block,omitempty"`
	Flags    []string  `yaml:"flags" json:"flags,omitempty"`

	// Of providers. Request is the client's, Body what must be sent upstream. Response or Chunks, or Error, is what the
	// upstream replies; Want or Events, or Fail, is what the client must get. A chunk is a JSON value, or
	// {event: …, data: …}.
	Vendor   string `yaml:"vendor" json:"vendor,omitempty"`
	Endpoint string `yaml:"endpoint" json:"endpoint,omitempty"` // chat (default), completions, embeddings, moderations
	Stream   bool   `yaml:"stream" json:"stream,omitempty"`
	Request  JSON   `yaml:"request" json:"request,omitempty"`
	Body     JSON   `yaml:"body" json:"body,omitempty"`
	Response JSON   `yaml:"response" json:"response,omitempty"`
	Chunks   []JSON `yaml:"chunks" json:"chunks,omitempty"`
	Error    *Reply `yaml:"error" json:"error,omitempty"`
	Events   []JSON `yaml:"events" json:"events,omitempty"`

	// Of observers, routers and auth plugins. Doc is what they are asked about. Want is the answer of routers and auth
	// plugins; without it there must be none.
	Doc JSON `yaml:"doc" json:"doc,omitempty"`

	Want JSON `yaml:"want" json:"want,omitempty"`
}

// Segment is a piece of text that a guard is asked about.
type Segment struct {
	Role   string `yaml:"role" json:"role,omitempty"` // system, user, assistant, tool; default as for Case.Text
	Part   string `yaml:"part" json:"part,omitempty"` // text (default), arguments, result, reasoning
	Tool   string `yaml:"tool" json:"tool,omitempty"`
	Choice int    `yaml:"choice" json:"choice,omitempty"`
	Text   string `yaml:"text" json:"text"`
}

// Call answers one HTTP call. Path and Method must be as given, Body must be equal as JSON; what is not given may be
// anything.
type Call struct {
	Upstream string `yaml:"upstream" json:"upstream"`
	Method   string `yaml:"method" json:"method,omitempty"`
	Path     string `yaml:"path" json:"path,omitempty"`
	Body     JSON   `yaml:"body" json:"body,omitempty"`
	Reply    *Reply `yaml:"reply" json:"reply,omitempty"`
	Error    string `yaml:"error" json:"error,omitempty"` // instead of a reply: failed, timeout, too_large or refused
}

// Reply is an upstream's.
type Reply struct {
	Status int     `yaml:"status" json:"status,omitempty"` // default 200, of errors 400
	JSON   JSON    `yaml:"json" json:"json,omitempty"`
	Text   *string `yaml:"text" json:"text,omitempty"`
}

// Fail is an error that a plugin must answer with.
type Fail struct {
	Class   string `yaml:"class" json:"class,omitempty"` // as the constants of hostabi.Class, "" = any
	Status  int    `yaml:"status" json:"status,omitempty"`
	Message string `yaml:"message" json:"message,omitempty"` // what the message must contain
}

// body returns the reply's bytes.
func (r *Reply) body() []byte {
	if r.Text != nil {
		return []byte(*r.Text)
	}
	return r.JSON.Source()
}
