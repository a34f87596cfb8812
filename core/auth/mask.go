package auth

import (
	"crypto/sha256"
	"encoding/hex"
)

// mask shows enough of a foreign secret to recognise it by, and no more.
func mask(secret []byte) string {
	const long = 16 // of shorter ones four characters would tell too much
	if len(secret) < long {
		return "****"
	}
	return "****" + string(secret[len(secret)-4:])
}

// hash is how a key is named in messages, logs and the store.
func hash(key []byte) string {
	sum := sha256.Sum256(key)
	return hex.EncodeToString(sum[:])
}
