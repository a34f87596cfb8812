package upstream

// finishReads bounds what Finish reads: an end has a few bytes.
const finishReads = 4

// Finish is Close for a reply whose content is known to be complete while its framing may not have ended yet, as a stream
// after its last event. It waits at most 100 ms for the end, so that the connection can be kept.
func (r *Reply) Finish() {
	if r.cn != nil && r.clean && !r.body.done && r.err == nil {
		r.cn.lim.idle = 0
		r.cn.linger()
		for i := 0; i < finishReads && !r.body.done && r.err == nil; i++ {
			r.fill()
		}
	}
	r.Close()
}
