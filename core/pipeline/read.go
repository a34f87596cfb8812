package pipeline

import (
	"bytes"
	"strconv"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// Members of a request that the gateway reads.
var (
	keyModel          = tape.MustIntern("model")
	keyStream         = tape.MustIntern("stream")
	keyStreamOptions  = tape.MustIntern("stream_options")
	keyIncludeUsage   = tape.MustIntern("include_usage")
	keyTimeout        = tape.MustIntern("timeout")
	keyRequestTimeout = tape.MustIntern("request_timeout")
	keyStreamTimeout  = tape.MustIntern("stream_timeout")
	keyNumRetries     = tape.MustIntern("num_retries")
	keyAPIKey         = tape.MustIntern("api_key")
	keyAPIBase        = tape.MustIntern("api_base")
	keyBaseURL        = tape.MustIntern("base_url")
	keyUserConfig     = tape.MustIntern("user_config")
	keyMetadata       = tape.MustIntern("metadata")
	keyTags           = tape.MustIntern("tags")
	keyUserID         = tape.MustIntern("user_id")
	keySpendMetadata  = tape.MustIntern("spend_logs_metadata")
	keyUser           = tape.MustIntern("user")
)

// Scan indexes a request's body, and refuses what nobody may ask for, whoever asks.
func (f *Flight) Scan(body []byte) *core.Error {
	if err := f.Doc.Scan(body); err != nil {
		fixed := withoutTrailingCommas(body)
		if fixed == nil || f.Doc.Scan(fixed) != nil {
			return badRequest(err.Error())
		}
	}
	if f.Doc.Nodes[0].Kind != tape.Object {
		return badRequest("the request body must be a JSON object")
	}
	for _, k := range [...]tape.Atom{keyAPIBase, keyBaseURL} {
		if f.given(k) >= 0 {
			return &core.Error{Class: core.Authentication, Kind: "auth_error", Message: "Authentication Error, Rejected Request: " +
				k.Name() + " is not allowed in request body. Client-side addresses are not supported by this gateway."}
		}
	}
	return nil
}

// Read takes from the scanned request what the gateway itself needs to know.
func (f *Flight) Read() *core.Error {
	var e *core.Error
	if f.Model, e = f.text(keyModel); e != nil {
		return e
	}
	if f.key, e = f.text(keyAPIKey); e != nil {
		return e
	}
	f.readAccount()
	if f.given(keyUserConfig) >= 0 {
		return badRequest("user_config is not supported by this gateway")
	}
	if e := f.readStream(); e != nil {
		return e
	}
	return f.readLimits()
}

// given finds a member of the request that is there and not null, else -1.
func (f *Flight) given(key tape.Atom) int {
	i := f.Doc.Get(0, key)
	if i >= 0 && f.Doc.Nodes[i].Kind == tape.Null {
		return -1
	}
	return i
}

// text reads a member that must be a string, "" when it is not given.
func (f *Flight) text(key tape.Atom) (string, *core.Error) {
	i := f.given(key)
	if i < 0 {
		return "", nil
	}
	if f.Doc.Nodes[i].Kind != tape.String {
		return "", wrongType(key.Name(), "a string")
	}
	return string(f.Doc.Text(i)), nil
}

// readAccount takes whom the request is made for, and what it wants to see in the spend log.
func (f *Flight) readAccount() {
	if i := f.given(keyUser); i >= 0 && f.Doc.Nodes[i].Kind == tape.String {
		f.EndUser = string(f.Doc.Text(i))
	}
	m := f.given(keyMetadata)
	if m < 0 || f.Doc.Nodes[m].Kind != tape.Object {
		return
	}
	if i := f.Doc.Get(m, keyUserID); f.EndUser == "" && i >= 0 && f.Doc.Nodes[i].Kind == tape.String {
		f.EndUser = string(f.Doc.Text(i))
	}
	if i := f.Doc.Get(m, keySpendMetadata); i >= 0 && f.Doc.Nodes[i].Kind == tape.Object {
		f.SpendMetadata = bytes.Clone(f.Doc.Raw(i))
	}
	tags := f.Doc.Get(m, keyTags)
	if tags < 0 || f.Doc.Nodes[tags].Kind != tape.Array {
		return
	}
	for i := tags + 1; i < int(f.Doc.Nodes[tags].Next) && len(f.Tags) < maxTags; i = int(f.Doc.Nodes[i].Next) {
		if f.Doc.Nodes[i].Kind == tape.String {
			f.Tags = append(f.Tags, string(f.Doc.Text(i)))
		}
	}
}

// maxTags is how many tags a request may have; further ones are not kept.
const maxTags = 64

func (f *Flight) readStream() *core.Error {
	if i := f.given(keyStream); i >= 0 {
		switch f.Doc.Nodes[i].Kind {
		case tape.True:
			f.Stream = f.Endpoint == core.Chat || f.Endpoint == core.Completions
		case tape.False:
		default:
			return wrongType("stream", "a boolean")
		}
	}
	f.IncludeUsage = f.Stream && f.Doc.IsTrue(f.Doc.Get(f.Doc.Get(0, keyStreamOptions), keyIncludeUsage))
	return nil
}

func (f *Flight) readLimits() *core.Error {
	for _, l := range []struct {
		key  tape.Atom
		into *time.Duration
	}{{keyTimeout, &f.Timeout}, {keyRequestTimeout, &f.Timeout}, {keyStreamTimeout, &f.StreamTimeout}} {
		i := f.given(l.key)
		if i < 0 {
			continue
		}
		d, ok := Seconds(number(&f.Doc, i))
		if !ok {
			return wrongType(l.key.Name(), "a number of seconds above 0")
		}
		*l.into = d
	}
	if i := f.given(keyNumRetries); i >= 0 {
		n, ok := f.Doc.Int(i)
		if !ok || n < 0 || n > 100 {
			return wrongType("num_retries", "a whole number from 0 to 100")
		}
		f.Exchange.Retries = int(n)
	}
	return nil
}

func number(d *tape.Doc, i int) string {
	if d.Nodes[i].Kind == tape.String {
		return string(d.Text(i))
	}
	return string(d.Raw(i))
}

// Seconds reads a decimal number of seconds, which must be above 0 and below ten years.
func Seconds(text string) (time.Duration, bool) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || !(s > 0) || s > 10*365*86400 {
		return 0, false
	}
	return max(time.Duration(s*float64(time.Second)), 1), true
}

func badRequest(text string) *core.Error {
	return &core.Error{Class: core.BadRequest, Message: "litellm.BadRequestError: " + text}
}

func wrongType(name, want string) *core.Error {
	e := badRequest(name + " must be " + want)
	e.Param = name
	return e
}
