package pipeline

import (
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
)

// Read scans a request's body and takes from it what the gateway itself needs to know.
func (f *Flight) Read(body []byte) *core.Error {
	if err := f.Doc.Scan(body); err != nil {
		return badRequest(err.Error())
	}
	if f.Doc.Nodes[0].Kind != tape.Object {
		return badRequest("the request body must be a JSON object")
	}
	f.Model = string(f.Doc.Text(f.Doc.Get(0, keyModel)))
	if i := f.Doc.Get(0, keyModel); i >= 0 && f.Doc.Nodes[i].Kind != tape.String && f.Doc.Nodes[i].Kind != tape.Null {
		return wrongType("model", "a string")
	}
	if e := f.readStream(); e != nil {
		return e
	}
	if e := f.readLimits(); e != nil {
		return e
	}
	return f.readCredentials()
}

func (f *Flight) readStream() *core.Error {
	i := f.Doc.Get(0, keyStream)
	if i >= 0 {
		switch f.Doc.Nodes[i].Kind {
		case tape.True:
			f.Stream = f.Endpoint == core.Chat || f.Endpoint == core.Completions
		case tape.False, tape.Null:
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
		i := f.Doc.Get(0, l.key)
		if i < 0 || f.Doc.Nodes[i].Kind == tape.Null {
			continue
		}
		d, ok := Seconds(number(&f.Doc, i))
		if !ok {
			return wrongType(l.key.Name(), "a number of seconds above 0")
		}
		*l.into = d
	}
	if i := f.Doc.Get(0, keyNumRetries); i >= 0 && f.Doc.Nodes[i].Kind != tape.Null {
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
	return time.Duration(s * float64(time.Second)), true
}

// readCredentials takes the caller's own api_key, and refuses what would send a call elsewhere.
func (f *Flight) readCredentials() *core.Error {
	f.key = string(f.Doc.Text(f.Doc.Get(0, keyAPIKey)))
	for _, k := range []tape.Atom{keyAPIBase, keyBaseURL} {
		if i := f.Doc.Get(0, k); i >= 0 && f.Doc.Nodes[i].Kind != tape.Null {
			return &core.Error{Class: core.Authentication, Kind: "auth_error", Message: "Authentication Error, Rejected Request: " +
				k.Name() + " is not allowed in request body. Client-side addresses are not supported by this gateway."}
		}
	}
	if i := f.Doc.Get(0, keyUserConfig); i >= 0 && f.Doc.Nodes[i].Kind != tape.Null {
		return badRequest("user_config is not supported by this gateway")
	}
	return nil
}

func badRequest(text string) *core.Error {
	return &core.Error{Class: core.BadRequest, Message: "litellm.BadRequestError: " + text}
}

func wrongType(name, want string) *core.Error {
	e := badRequest(name + " must be " + want)
	e.Param = name
	return e
}
