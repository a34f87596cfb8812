package hostabi

// ManifestSection is the custom section of a module that holds its Manifest as JSON.
const ManifestSection = "sluice.manifest"

// CasesSection is the custom section of a module that holds its cases as JSON: what it must answer to what. They are run
// when the plugin is loaded.
const CasesSection = "sluice.cases"

// Manifest says what a plugin is and needs. It is written as plugin.yaml beside the plugin's source and travels inside
// the module.
type Manifest struct {
	Name    string   `json:"name" yaml:"name"`       // [a-z0-9_]+, also the file's name
	Version string   `json:"version" yaml:"version"` // semantic version
	Kind    string   `json:"kind" yaml:"kind"`       // provider, guard, observer, router or auth
	About   string   `json:"about,omitempty" yaml:"about"`
	Hooks   []string `json:"hooks" yaml:"hooks"` // see Hooks; others are never called
	Vendors []Vendor `json:"vendors,omitempty" yaml:"vendors"`
	Needs   Needs    `json:"needs,omitzero" yaml:"needs"`
	Limits  Limits   `json:"limits,omitzero" yaml:"limits"`
	// Fail is what happens to an exchange when the plugin could not run: "closed" refuses it, "open" goes on without.
	// Default: closed for guards and auth, open for observers and routers. Providers have none. The operator may choose.
	Fail string `json:"fail,omitempty" yaml:"fail"`
	// Isolation is "shared" (default: exchanges share instances) or "per_request" (each has an instance of its own, made
	// from the snapshot, and no memory survives it).
	Isolation string `json:"isolation,omitempty" yaml:"isolation"`
	// Lookahead is how many bytes of a stream's text a guard must see beyond what is given out: the length of the longest
	// thing it looks for. 0 to 65536.
	Lookahead int `json:"lookahead,omitempty" yaml:"lookahead"`
	// Settings is the JSON Schema (draft 2020-12) of what operators write under plugins.NAME.settings. Without one there
	// are no settings.
	Settings map[string]any `json:"settings,omitempty" yaml:"settings"`
}

// Hooks lists the hooks of each kind of plugin and the events that they are called with.
var Hooks = map[string]map[string]Event{
	"provider": {"request": EventRequest, "response": EventResponse, "chunk": EventChunk, "end": EventEnd,
		"error": EventError, "cancel": EventCancel},
	"guard":    {"input": EventInput, "output": EventOutput, "window": EventWindow},
	"observer": {"record": EventRecord},
	"router":   {"route": EventRoute},
	"auth":     {"auth": EventAuth},
}

// Needs is what a plugin asks for. What is absent is denied; the operator may grant less.
type Needs struct {
	// Text names the roles whose text a guard sees: system, user, assistant, tool.
	Text []string `json:"text,omitempty" yaml:"text"`
	// Headers names headers of the client's request that it may read, in lower case. Those that carry credentials can't be
	// named.
	Headers []string `json:"headers,omitempty" yaml:"headers"`
	// Upstreams are the services that it may call.
	Upstreams []Upstream `json:"upstreams,omitempty" yaml:"upstreams"`
	// KV is how many bytes of keys and values it may store; 0 = none, at most 16 MiB.
	KV int `json:"kv,omitempty" yaml:"kv"`
	// Match allows word and rule sets.
	Match bool `json:"match,omitempty" yaml:"match"`
}

// Upstream is a service that a plugin calls by name. The host knows where it is and adds the credential.
type Upstream struct {
	Name  string `json:"name" yaml:"name"` // [a-z0-9_]+
	About string `json:"about,omitempty" yaml:"about"`
	// URL is where it is when the operator does not say. Such an address must be a public one.
	URL string `json:"url,omitempty" yaml:"url"`
	// Env names the environment variables that stand in for the operator's url and api_key. The first that is set wins.
	Env map[string][]string `json:"env,omitempty" yaml:"env"`
	// Auth is how the credential is sent: "bearer" (default), "none", "header:NAME" or "query:NAME".
	Auth string `json:"auth,omitempty" yaml:"auth"`
	// Timeout is the longest wait in milliseconds. Default 10,000.
	Timeout int `json:"timeout,omitempty" yaml:"timeout"`
	// MaxBytes is the largest reply. Default 1 MiB.
	MaxBytes int `json:"max_bytes,omitempty" yaml:"max_bytes"`
}

// Limits bound what a plugin may use. 0 stands for the host's default, which is also the most.
type Limits struct {
	Memory   int   `json:"memory,omitempty" yaml:"memory"`       // MiB of an instance; default 64
	Fuel     int64 `json:"fuel,omitempty" yaml:"fuel"`           // per event; default 500,000,000, about 50 ms
	FuelByte int64 `json:"fuel_byte,omitempty" yaml:"fuel_byte"` // more per byte of the event; default 20,000
	Contexts int   `json:"contexts,omitempty" yaml:"contexts"`   // exchanges that share an instance; default 4096
	Calls    int   `json:"calls,omitempty" yaml:"calls"`         // http calls per exchange; default 16
}

// Vendor is one provider name that a provider plugin serves: everything about it that is data and not translation.
type Vendor struct {
	// Name is the prefix of model strings: "groq" in groq/llama3-8b-8192.
	Name string `json:"name" yaml:"name"`
	// Title is the vendor's name in error messages: "OpenAI" gives OpenAIException. Default: Name with a capital.
	Title string `json:"title,omitempty" yaml:"title"`
	// Aliases are further prefixes.
	Aliases []string `json:"aliases,omitempty" yaml:"aliases"`
	// BaseURL is where requests go when the deployment has no api_base. "" means that api_base is required.
	BaseURL string `json:"base_url,omitempty" yaml:"base_url"`
	// Answers is true when the plugin answers by itself: nothing is sent anywhere.
	Answers bool `json:"answers,omitempty" yaml:"answers"`
	// Env names the environment variables that stand in for litellm_params: api_key, api_base, api_version,
	// organization. The first that is set wins.
	Env map[string][]string `json:"env,omitempty" yaml:"env"`
	// Defaults are values of litellm_params that hold when neither the deployment nor the environment has one.
	Defaults map[string]string `json:"defaults,omitempty" yaml:"defaults"`
	// Auth is how the credential is sent: "bearer" (default), "none", or "header:NAME".
	Auth string `json:"auth,omitempty" yaml:"auth"`
	// TokenAuth is how azure_ad_token is sent when there is one and no api_key: same forms. "" means it is not.
	TokenAuth string `json:"token_auth,omitempty" yaml:"token_auth"`
	// KeyOptional allows deployments without an api_key.
	KeyOptional bool `json:"key_optional,omitempty" yaml:"key_optional"`
	// OrganizationHeader carries litellm_params.organization.
	OrganizationHeader string `json:"organization_header,omitempty" yaml:"organization_header"`
	// Paths are the paths after the base URL by endpoint: chat, completions, embeddings, moderations. An endpoint that is
	// missing is not supported. The guest may set another.
	Paths map[string]string `json:"paths" yaml:"paths"`
	// Headers are sent with each request.
	Headers map[string]string `json:"headers,omitempty" yaml:"headers"`
	// Params names the litellm_params that the guest may read as attributes. Credentials can't be named.
	Params []string `json:"params,omitempty" yaml:"params"`
	// Hosts are host names of api_base from which the vendor is inferred when the model has no prefix.
	Hosts []string `json:"hosts,omitempty" yaml:"hosts"`
	// Models are patterns (* matches any text) of model names from which the vendor is inferred.
	Models []string `json:"models,omitempty" yaml:"models"`
	// Unsupported lists parameters of OpenAI's API that the vendor refuses: dropped with drop_params, else refused.
	Unsupported []string `json:"unsupported,omitempty" yaml:"unsupported"`
	// Rename maps parameters of OpenAI's API to the vendor's names for them.
	Rename map[string]string `json:"rename,omitempty" yaml:"rename"`
	// Quirks are names that the plugin knows.
	Quirks []string `json:"quirks,omitempty" yaml:"quirks"`
}
