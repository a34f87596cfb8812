package metrics

import "strings"

// label is a label of the LiteLLM proxy's metrics. Their order is that of the text: alphabetical.
type label uint8

const (
	apiBase label = iota
	keyAlias
	apiProvider
	endUser
	exceptionClass
	exceptionStatus
	keyHash
	modelName
	model
	modelGroup
	modelID
	requestedGroup // the group that served, under the name requested_model
	requestedModel // what the client asked for
	statusCode
	tag
	team
	teamAlias
	user
	userEmail
	labelCount
)

var labelNames = [labelCount]string{
	"api_base", "api_key_alias", "api_provider", "end_user", "exception_class", "exception_status", "hashed_api_key",
	"litellm_model_name", "model", "model_group", "model_id", "requested_model", "requested_model", "status_code", "tag", "team",
	"team_alias", "user", "user_email",
}

// afterLE is the first label that comes after le.
const afterLE = modelName

// values are what the labels say of a request.
type values [labelCount]string

// absent is the value of a label that there is nothing to say for, other that of all that are not told apart.
const (
	absent = "None"
	other  = "other"
)

// maxValueBytes is the most that is shown of a value: names come from clients.
const maxValueBytes = 256

// appendLabel appends name="value", and a comma before it unless it is the first.
func appendLabel(b []byte, name, value string) []byte {
	if len(b) > 0 && b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	if value == "" {
		value = absent
	}
	b = append(append(b, name...), `="`...)
	value = strings.ToValidUTF8(value[:min(len(value), maxValueBytes)], "")
	for i := range len(value) {
		switch c := value[i]; c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// public is an address without what may be a secret in it: user, password and query.
func public(url string) string {
	url, _, _ = strings.Cut(url, "?")
	scheme, rest, ok := strings.Cut(url, "://")
	if !ok {
		return url
	}
	host, path, _ := strings.Cut(rest, "/")
	if at := strings.LastIndexByte(host, '@'); at >= 0 {
		return scheme + "://" + strings.TrimSuffix(host[at+1:]+"/"+path, "/")
	}
	return url
}
