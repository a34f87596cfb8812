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
