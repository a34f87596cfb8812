package auth

import (
	"crypto/sha256"
	"encoding/hex"
)

// mask shows enough of a foreign secret to recognise it by, and no more.
func mask(secret []byte) string {
	if len(secret) < 12 {
		return "****"
	}
	return "****" + string(secret[len(secret)-4:])
}

// hash is how a key is named in messages, logs and the store.
func hash(key []byte) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}
