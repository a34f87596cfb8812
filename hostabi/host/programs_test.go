package host

// Instructions that only whole programs need.
const (
	opBrIf = 0x0d
	opLess = 0x49 // i32.lt_u
)

// counterAt is where programs keep a loop's counter.
const counterAt = 512

// countTo is a loop that does nothing n times.
func countTo(n int32) []byte {
	return join(constant(counterAt), constant(0), store(), []byte{opLoop, void},
		constant(counterAt), constant(counterAt), load(), constant(1), []byte{opAdd}, store(),
		constant(counterAt), load(), constant(n), []byte{opLess, opBrIf, 0, opEnd})
}
