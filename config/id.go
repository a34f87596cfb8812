package config

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// deploymentID computes the id LiteLLM gives a deployment without model_info.id: the SHA-256 of its name, keys and
// values as Python prints them. Spend records and metrics are keyed by it.
func deploymentID(modelName string, params []entry) string {
	var b strings.Builder
	b.WriteString(modelName)
	for _, e := range params {
		b.WriteString(e.key)
		if e.value.kind == mapping {
			pythonJSON(&b, e.value)
			continue
		}
		b.WriteString(pythonStr(e.value))
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
