package hostabi

// ManifestSection is the custom section of a module that holds its Manifest as JSON.
const ManifestSection = "sluice.manifest"

// Manifest says what a plugin is and needs. It is written as plugin.yaml beside the plugin's source and travels inside
// the module.
type Manifest struct {
	Name    string   `json:"name" yaml:"name"`       // [a-z0-9_]+, also the file's name
	Version string   `json:"version" yaml:"version"` // semantic version
	Kind    string   `json:"kind" yaml:"kind"`       // "provider"
	About   string   `json:"about,omitempty" yaml:"about"`
	Hooks   []string `json:"hooks" yaml:"hooks"` // request, response, chunk, end, error, cancel; others are never called
	Vendors []Vendor `json:"vendors,omitempty" yaml:"vendors"`
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
