// Package chat writes answers in OpenAI's format from what upstreams of other formats say.
//
// A Stream writes the chunks of a streamed answer and a Reply a complete one. Both follow the endpoint that the client
// called: for chat they write messages, for completions texts. ReplyError reads the errors of upstreams.
package chat

import "github.com/sluice-gateway/sluice/sdk"

var (
	keyCode         = sdk.Name("code")
	keyDetail       = sdk.Name("detail")
	keyError        = sdk.Name("error")
	keyErrors       = sdk.Name("errors")
	keyLoc          = sdk.Name("loc")
	keyMessage      = sdk.Name("message")
	keyMessageUpper = sdk.Name("Message")
	keyMetadata     = sdk.Name("metadata")
	keyMsg          = sdk.Name("msg")
	keyRaw          = sdk.Name("raw")
	keyStatus       = sdk.Name("status")
	keyStatusCode   = sdk.Name("status_code")
	keyText         = sdk.Name("text")
	keyType         = sdk.Name("type")
	attrModel       = sdk.Name("model")
	typeText        = sdk.Name("text")
	typeBadRequest  = sdk.Name("invalid_request_error")
	typeRateLimit   = sdk.Name("rate_limit_error")
	typeAuth        = sdk.Name("authentication_error")
	typePermission  = sdk.Name("permission_error")
	typeNotFound    = sdk.Name("not_found_error")
	typeOverloaded  = sdk.Name("overloaded_error")
)
