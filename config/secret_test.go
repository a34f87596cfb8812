package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	tests := map[string]string{
		"": "", "sk-1234": "****", "0123456789abcde": "****", "0123456789abcdef": "…cdef",
		"sk-0123456789abcdef": "sk-…cdef", "0123456789abcd\nef": "****", "ключ-ключ-ключ-ключ": "****",
	}
	for secret, want := range tests {
		if got := Mask(secret); got != want {
			t.Errorf("%q: got %q", secret, got)
		}
	}
}

func TestLooksSecret(t *testing.T) {
	tests := map[string]bool{
		"api_key": true, "X-API-Key": true, "Authorization": true, "Proxy-Authorization": true, "session_token": true,
		"aws_secret": true, "db_password_2": true, "my_credentials": true,
		"max_tokens": false, "keyword": false, "author": false, "top_k": false, "monkey": false,
	}
	for name, want := range tests {
		if got := looksSecret(name); got != want {
			t.Errorf("%s: got %v", name, got)
		}
	}
}

// TestSecretsStayOut plants a canary in every secret place, in a right and in wrong types, and looks for it in what
// is printed.
func TestSecretsStayOut(t *testing.T) {
	const canary = "CANARY-0123456789"
	for _, value := range []string{canary, "[" + canary + "]", "{" + canary + ": 1}", "[{a: " + canary + "}]", "*" + canary, "!" + canary, "@" + canary, "&" + canary + " [x]", "'" + canary + "\r\n'"} {
		src := canarySections(value)
		c, err := Parse("canary.yml", []byte(src), testOptions())
		var b strings.Builder
		if writeErr := c.WriteReport(&b); writeErr != nil {
			t.Fatal(writeErr)
		}
		fmt.Fprint(&b, err)
		if strings.Contains(b.String(), "CANARY") && !strings.HasPrefix(value, "{") {
			t.Errorf("%s is printed:\n%s", value, b.String())
		}
		for _, m := range c.Models {
			checkParams(t, append(m.Params.All, m.Info.All...))
		}
	}
}

func canarySections(value string) string {
	var b strings.Builder
	b.WriteString("model_list:\n  - model_name: chat\n    litellm_params:\n      model: openai/x\n      unknown_token: " + value + "\n")
	b.WriteString("      headers: {authorization: " + value + "}\n      base_url: http://me:CANARY@host/?k=CANARY\n")
	writeHidden(&b, paramFields, value, "      ")
	b.WriteString("    model_info:\n")
	writeHidden(&b, infoFields, value, "      ")
	b.WriteString("general_settings:\n")
	writeHidden(&b, generalFields, value, "  ")
	b.WriteString("litellm_settings:\n")
	writeHidden(&b, litellmFields, value, "  ")
	b.WriteString("router_settings:\n")
	writeHidden(&b, routerFields, value, "  ")
	b.WriteString("environment_variables:\n  TOKEN: " + value + "\n")
	return b.String()
}

func writeHidden[T any](b *strings.Builder, t table[T], value, indent string) {
	for _, f := range t {
		if f.secret {
			fmt.Fprintf(b, "%s%s: %s\n", indent, f.name, value)
		}
	}
}

func checkParams(t *testing.T, params []Param) {
	t.Helper()
	for _, p := range params {
		if strings.Contains(string(p.Value), "CANARY") && !p.Secret {
			t.Errorf("%s is not secret", p.Key)
		}
	}
}
