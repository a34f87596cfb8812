package config

import "testing"

// The ids were computed with Python, PyYAML and LiteLLM's rule.
func TestDeploymentIDs(t *testing.T) {
	tests := []struct{ name, params, want string }{
		{"fake-azure-endpoint", `
      model: openai/429
      api_key: fake-key
      api_base: https://exampleopenaiendpoint-production.up.railway.app`,
			"7499d31f98cd518cf54486d5a00deda6894239ce16d13543398dc8abf870b15f"},
		{"m2", `
      x1: 5
      <<: {model: m, rpm: 1, api_key: k}
      rpm: 2`, "72e604ba51e97e467171925859b6021c6367feeecbd3f4a6a2866853bfa5a7e6"},
		{"m3", `
      <<: [{a: 1, b: 2}, {b: 3, c: 4, model: zz}]
      c: 9`, "175d843b7eb2faf62db9e351e860c6ff3b93e1048611a50222004aded180caa0"},
		{"tricky", trickyParams, "2c65ae23eba42dc8592dfd9681c18099ba000f9205657faf217eadaedc0decb1"},
	}
	for _, test := range tests {
		src := "model_list:\n  - model_name: " + test.name + "\n    litellm_params:" + test.params
		c, _ := Parse("ids.yml", []byte(src), Options{Getenv: func(name string) (string, bool) { return "True", name == "T" }})
		if len(c.Models) != 1 || c.Models[0].ID != test.want {
			t.Errorf("%s: got %+v", test.name, c.Models)
		}
	}
}

// trickyParams has what Python spells in its own way. LiteLLM doesn't check types, hence the odd keys.
const trickyParams = `
      model: openai/x
      a: 1e-6
      b: 1.0e-6
      c: 010
      d: 0x1F
      e: 1_000
      f: 1:30
      g: yes
      h: Off
      i: ~
      j: 1.50
      k: 12345678901234567890123
      l: 1.0e+16
      m: 123456789012345.5
      n: .5
      o: 2024-02-01
      p: [1, 'it''s', "q\"'x", "tab\tnl\n", é, "\x7f", {a: 1, "b c": [true, null, 1.5]}, "\U0001F600", "\u200b"]
      q: {a: "é\U0001F600", "k\"": [1, 2.0, false, null], z: {y: "\x7f/"}}
      r: -0
      s: +12
      t: 0b101
      u: "12"
      v: 0o17
      w: 0.0001
      x: 0.00001
      y: 1e5
      z: 100.
      aa: -1.5e-10
      ab: 089
      ac: |
        block
        text
      ad: "os.environ/NOPE"
      ae: os.environ/T
      af: NO
      ag: []
      ah: {}
      ai: 1__0
      aj: 12e03
      ak: 685_230.15
`
