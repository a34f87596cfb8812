package config

import (
	"os"
	"strings"
)

// Options are what a config depends on besides its files.
type Options struct {
	// Getenv looks up an environment variable; nil means os.LookupEnv.
	Getenv func(string) (string, bool)
	// Environment is compared with model_info.supported_environments; "" means the variable LITELLM_ENVIRONMENT.
	Environment string
}

// Load reads the config file at path and the files it includes. Its error is an *Errors. The Config is never nil, but
// after an error it is incomplete and good for WriteReport only.
func Load(path string, o Options) (*Config, error) {
	b := newBuilder(path, o)
	root := b.file(path, place{Pos: Pos{File: path}})
	return b.build(root)
}

// Parse is Load for a config that is not in a file; name stands in for the file in findings. It can't include files.
func Parse(name string, src []byte, o Options) (*Config, error) {
	b := newBuilder(name, o)
	root := b.parse(name, src)
	if root != nil && root.get("include") != nil {
		b.errorf(root.get("include").place, "only a config read from a file can include others")
	}
	return b.build(root)
}

// builder makes a Config of the tree of all files.
type builder struct {
	loader
	resolver resolver
	config   Config
	given    string // Options.Environment
}

func newBuilder(path string, o Options) *builder {
	if o.Getenv == nil {
		o.Getenv = os.LookupEnv
	}
	d := &diagnosis{}
	return &builder{
		loader:   loader{diagnosis: d, getenv: o.Getenv},
		resolver: resolver{diagnosis: d, getenv: o.Getenv},
		config:   Config{Path: path},
		given:    o.Environment,
	}
}

// sections are the top-level keys the gateway acts on; nil when absent.
type sections struct {
	include, environment, models, credentials, litellm, general, router, plugins, policy, guardrails *node
}

var topFields = table[sections]{
	set("model_list", sequence, func(s *sections) **node { return &s.models }, "deployments").acts(),
	set("litellm_settings", pairs, func(s *sections) **node { return &s.litellm }, "behaviour of calls, callbacks").guards(ruleOff).acts(),
	set("general_settings", pairs, func(s *sections) **node { return &s.general }, "server and access").guards(ruleOff).acts(),
	set("router_settings", pairs, func(s *sections) **node { return &s.router }, "choice of deployments").acts(),
	set("environment_variables", pairs, func(s *sections) **node { return &s.environment }, "variables to set unless they are").acts(),
	set("credential_list", sequence, func(s *sections) **node { return &s.credentials }, "credentials that deployments refer to").acts(),
	set("include", anything, func(s *sections) **node { return &s.include }, "further files").acts(),
	set("plugins", pairs, func(s *sections) **node { return &s.plugins }, "what plugins may do and how they are set; not in LiteLLM").guards(guardOff).acts(),
	set("plugin_policy", pairs, func(s *sections) **node { return &s.policy }, "which modules may be loaded; not in LiteLLM").guards(ruleOff).acts(),
	set("guardrails", sequence, func(s *sections) **node { return &s.guardrails }, "guards of requests and answers").guards(guardOff).acts(),
	known[sections]("policies", pairs, "sets of guards").guards(guardOff),
	known[sections]("policy_attachments", sequence, "whom policies apply to").guards(guardOff),
	known[sections]("callback_settings", pairs, "settings of callbacks"),
	known[sections]("assistant_settings", pairs, "provider of /assistants"),
	known[sections]("finetune_settings", sequence, "providers of /fine_tuning"),
	known[sections]("files_settings", sequence, "providers of /files"),
	known[sections]("default_vertex_config", pairs, "credentials of Vertex AI routes").hidden(),
	known[sections]("mcp_servers", pairs, "MCP servers"),
	known[sections]("vector_store_registry", sequence, "vector stores"),
	known[sections]("search_tools", sequence, "web search"),
	known[sections]("prompts", sequence, "prompt templates"),
}

func (b *builder) build(root *node) (*Config, error) {
	if root != nil {
		b.sections(root)
	}
	b.config.Files = b.files
	b.config.Findings = b.sorted()
	return &b.config, errorsIn(b.config.Findings)
}

func (b *builder) sections(root *node) {
	b.resolver.declare(root.get("environment_variables"))
	b.resolver.resolve(root)
	b.config.EnvironmentVariables = b.resolver.declared
	var s sections
	topFields.decode(b.diagnosis, root, &s, b.unknownSection)
	litellmFields.section(b.diagnosis, s.litellm, &b.config.LiteLLM)
	routerFields.section(b.diagnosis, s.router, &b.config.Router)
	generalFields.section(b.diagnosis, s.general, &b.config.General)
	b.masterKey(root)
	if g := &b.config.General; g.DatabaseURL == "" {
		g.DatabaseURL, _ = b.resolver.lookup("DATABASE_URL")
	}
	b.config.Router.complete(&b.config.LiteLLM)
	b.redis()
	b.config.Plugins = readPlugins(b.diagnosis, s.plugins)
	b.config.Guardrails = readGuardrails(b.diagnosis, s.guardrails)
	if s.policy != nil {
		policyFields.strict(b.diagnosis, s.policy, &b.config.PluginPolicy)
	}
	credentials := readCredentials(b.diagnosis, s.credentials)
	b.config.Credentials = credentials
	models := modelReader{b.diagnosis, credentials, b.environment()}
	b.config.Models = models.read(s.models)
	b.checkReferences(&s)
}

// unknownSection leaves alone what is only there to be referred to by aliases: keys that begin with x-.
func (b *builder) unknownSection(e entry) {
	if !strings.HasPrefix(e.key, "x-") {
		topFields.refuse(b.diagnosis, e)
	}
}

func (b *builder) environment() string {
	if b.given != "" {
		return b.given
	}
	environment, _ := b.resolver.lookup("LITELLM_ENVIRONMENT")
	return environment
}

// masterKey falls back to LITELLM_MASTER_KEY. A master_key that is written down but empty is refused, because the server
// would be open to everyone.
func (b *builder) masterKey(root *node) {
	g := &b.config.General
	if g.MasterKey != "" {
		return
	}
	g.MasterKey, _ = b.resolver.lookup("LITELLM_MASTER_KEY")
	at := place{root.Pos, "general_settings.master_key"}
	if general := root.get("general_settings"); general != nil {
		at.Pos = general.Pos
		if written := general.get("master_key"); written != nil {
			b.emptyMasterKey(written)
			return
		}
	}
	if g.MasterKey == "" && g.CustomAuth.Name == "" {
		b.warnf(at, "not set: every caller is the proxy admin")
	}
}

func (b *builder) emptyMasterKey(n *node) {
	unset := n.kind == null && n.env != ""
	if n.isScalar() && !unset && b.config.General.MasterKey == "" {
		b.errorf(n.place, "the master key is empty: every caller would be the proxy admin")
	}
}
