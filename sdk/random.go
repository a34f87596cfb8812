package sdk

const alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// RandomID returns prefix and 29 random letters and digits, as vendors make ids. Randomness comes from the host: a
// guest's own generators start alike in every instance.
func RandomID(prefix string) string {
	var b [29]byte
	hostRandom(b[:])
	for i, c := range b {
		b[i] = alphabet[int(c)%len(alphabet)]
	}
	return prefix + string(b[:])
}

// Random fills b with random bytes, fit for secrets.
func Random(b []byte) { hostRandom(b) }

// UnixNano returns Unix time in nanoseconds.
func UnixNano() int64 { return hostNow() }
