package main

import (
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/pack"
	"github.com/sluice-gateway/sluice/sdk/chat/relay/replaytest"
	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func vendors(t *testing.T) []hostabi.Vendor {
	t.Helper()
	m, err := pack.ReadFolder(".")
	if err != nil {
		t.Fatal(err)
	}
	return m.Vendors
}

func TestVendorFiles(t *testing.T) {
	files, _ := filepath.Glob("vendors/*.yaml")
	list := vendors(t)
	if len(files) != len(list) {
		t.Fatalf("%d files, %d vendors", len(files), len(list))
	}
	names := map[string]string{}
	hosts := map[string]string{}
	for i, v := range list {
		if want := strings.TrimSuffix(filepath.Base(files[i]), ".yaml"); v.Name != want {
			t.Errorf("%s holds the vendor %s", files[i], v.Name)
		}
		for _, name := range append(v.Aliases, v.Name) {
			if names[name] != "" {
				t.Errorf("%s and %s are both called %s", v.Name, names[name], name)
			}
			names[name] = v.Name
		}
		for _, host := range v.Hosts {
			if hosts[host] != "" {
				t.Errorf("%s and %s are both at %s", v.Name, hosts[host], host)
			}
			hosts[host] = v.Name
		}
		checkVendor(t, v)
	}
}

func checkVendor(t *testing.T, v hostabi.Vendor) {
	t.Helper()
	if len(v.Env["api_key"]) == 0 || len(v.Env["api_base"]) == 0 {
		t.Errorf("%s: no environment variables", v.Name)
	}
	if u, err := url.Parse(v.BaseURL); err != nil || strings.HasSuffix(v.BaseURL, "/") || v.BaseURL != "" && u.Host == "" {
		t.Errorf("%s: base URL %q", v.Name, v.BaseURL)
	}
	if len(v.Paths) == 0 {
		t.Errorf("%s serves nothing", v.Name)
	}
	for endpoint, path := range v.Paths {
		if !slices.Contains([]string{"chat", "completions", "embeddings", "moderations"}, endpoint) || !strings.HasPrefix(path, "/") {
			t.Errorf("%s: %s at %q", v.Name, endpoint, path)
		}
	}
	if byChat := slices.Contains(v.Quirks, "completions_by_chat"); byChat != (v.Paths["completions"] != "" && v.Paths["completions"] == v.Paths["chat"]) {
		t.Errorf("%s: completions go to %q, by chat: %v", v.Name, v.Paths["completions"], byChat)
	}
}

// TestVendorURLs compares the vendors' files with where recorded requests went.
func TestVendorURLs(t *testing.T) {
	p := sdktest.Native(t, ".")
	other := map[string]bool{ // recorded at another of the vendor's addresses
		"openai_like": true, "hosted_vllm": true, "zai": true, "huggingface": true, "deepseek": true, "together_ai": true,
	}
	name := map[hostabi.Endpoint]string{hostabi.Chat: "chat", hostabi.Completions: "completions", hostabi.Embeddings: "embeddings", hostabi.Moderations: "moderations"}
	for _, r := range replaytest.Recordings(t, p, vendorOf, "chat", "chat_stream", "completions", "embeddings", "moderations") {
		i := slices.IndexFunc(p.Manifest.Vendors, func(v hostabi.Vendor) bool { return v.Name == r.Provider })
		v := p.Manifest.Vendors[i]
		u, err := url.Parse(r.Request.URL)
		if err != nil {
			t.Fatal(err)
		}
		known := slices.ContainsFunc(v.Hosts, func(h string) bool { return u.Host == h || strings.HasSuffix(u.Host, "."+h) })
		if v.BaseURL == "" || other[v.Name] || u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost") {
			if want := v.Paths[name[r.Endpoint()]]; !strings.HasSuffix(u.Path, want) {
				t.Errorf("%s: %s does not end with %s", r.ID, u.Path, want)
			}
			continue
		}
		want := v.BaseURL + v.Paths[name[r.Endpoint()]]
		if slices.Contains(v.Quirks, "adds_v1") {
			want = v.BaseURL + "/v1" + v.Paths[name[r.Endpoint()]]
		}
		if got := u.Scheme + "://" + u.Host + u.Path; got != want {
			t.Errorf("%s went to %s, the vendor's file says %s", r.ID, got, want)
		}
		if !known {
			t.Errorf("%s: the host %s is not known to be %s", r.ID, u.Host, v.Name)
		}
	}
}
