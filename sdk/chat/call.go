package chat

import "github.com/sluice-gateway/sluice/sdk"

// writeCallHead adds the members of a tool call from its id to the key of its arguments.
func writeCallHead(o *sdk.Out, id, name sdk.Value) {
	o.Lit(`"id":`)
	if id.IsString() && !id.Empty() {
		o.Raw(id)
	} else {
		o.String(sdk.RandomID("call_"))
	}
	o.Lit(`,"type":"function","function":{"name":`)
	if name.IsString() {
		o.Raw(name)
	} else {
		o.Lit(`""`)
	}
	o.Lit(`,"arguments":`)
}

// writeArguments adds arguments as OpenAI has them: JSON inside a string.
func writeArguments(o *sdk.Out, v sdk.Value) {
	switch {
	case v.IsNull():
		o.Lit(`""`)
	case v.IsString():
		o.Raw(v)
	default:
		o.Quote(v)
	}
}
