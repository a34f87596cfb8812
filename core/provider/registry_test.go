package provider

import (
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

func vendors(plugin string, list ...hostabi.Vendor) *hostabi.Manifest {
	return &hostabi.Manifest{Name: plugin, Vendors: list}
}

func registry(t *testing.T) *Registry {
	t.Helper()
	r, err := NewRegistry([]*hostabi.Manifest{
		vendors("one",
			hostabi.Vendor{Name: "openai", Models: []string{"gpt-*", "o1", "same-*"}, Hosts: []string{"api.openai.com"}},
			hostabi.Vendor{Name: "text", Models: []string{"gpt-3.5-turbo-instruct*"}},
			hostabi.Vendor{Name: "groq", Aliases: []string{"groq_cloud"}, Hosts: []string{"groq.com"}, Models: []string{"same-*"}}),
		vendors("two", hostabi.Vendor{Name: "azure"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestResolve(t *testing.T) {
	r := registry(t)
	for _, c := range []struct{ model, custom, base, vendor, want string }{
		{"openai/gpt-4o", "", "", "openai", "gpt-4o"},
		{"openai/", "", "", "openai", ""},
		{"groq_cloud/llama", "", "", "groq", "llama"},
		{"azure/my/dep", "", "", "azure", "my/dep"},
		{"groq/openai/gpt-oss", "", "", "groq", "openai/gpt-oss"},
		{"gpt-4o", "azure", "", "azure", "gpt-4o"},
		{"azure/dep", "azure", "", "azure", "dep"},
		{"openai/x", "azure", "", "azure", "openai/x"},
		{"anything", "", "https://api.openai.com/v1", "openai", "anything"},
		{"meta/llama", "", "https://API.Groq.com:443/openai/v1", "groq", "meta/llama"},
		{"gpt-4o", "", "https://eu.groq.com", "groq", "gpt-4o"}, // the host says more than the name
		{"gpt-4o", "", "https://evilgroq.com", "openai", "gpt-4o"},
		{"gpt-4o", "", "%", "openai", "gpt-4o"},
		{"gpt-4o", "", "", "openai", "gpt-4o"},
		{"gpt-3.5-turbo-instruct-0914", "", "", "text", "gpt-3.5-turbo-instruct-0914"},
		{"o1", "", "", "openai", "o1"},
		{"same-x", "", "", "openai", "same-x"}, // the first of two alike
	} {
		v, model, e := r.Resolve(c.model, c.custom, c.base)
		if e != nil || v.Name != c.vendor || model != c.want {
			t.Errorf("Resolve(%q, %q, %q) = %v, %q, %v", c.model, c.custom, c.base, v, model, e)
		}
	}
}

func TestResolveUnknown(t *testing.T) {
	r := registry(t)
	for _, c := range [][3]string{
		{"mystery", "", ""}, {"", "", ""}, {"o1-mini", "", ""}, {"gpt-4o", "nobody", ""}, {"x", "", "https://openai.com"}, {"/gpt", "", ""},
		{"OpenAI/x", "", ""},
	} {
		_, _, e := r.Resolve(c[0], c[1], c[2])
		if e == nil {
			t.Errorf("%q is known", c)
			continue
		}
		want := "litellm.BadRequestError: LLM Provider NOT provided. Pass in the LLM provider you are trying to call. You passed model=" + c[0]
		if !strings.HasPrefix(e.Message, want) || e.Code() != 400 || e.Upstream {
			t.Errorf("%q: %d %s", c, e.Code(), e.Message)
		}
	}
}

func TestTwoPluginsForOneName(t *testing.T) {
	for _, second := range []hostabi.Vendor{{Name: "openai"}, {Name: "x", Aliases: []string{"openai"}}} {
		_, err := NewRegistry([]*hostabi.Manifest{vendors("one", hostabi.Vendor{Name: "openai"}), vendors("two", second)})
		if err == nil || !strings.Contains(err.Error(), `plugins one and two both serve the provider "openai"`) {
			t.Errorf("%v: %v", second, err)
		}
	}
}
