package guard

// fifo is a queue that keeps its memory.
type fifo[T any] struct {
	list []T
	head int
}

func (q *fifo[T]) empty() bool { return q.head == len(q.list) }

func (q *fifo[T]) front() *T { return &q.list[q.head] }

// waiting is everything in the queue, valid until the next push or drop.
func (q *fifo[T]) waiting() []T { return q.list[q.head:] }

func (q *fifo[T]) push(items ...T) {
	const worth = 256 // items that are moved at most once for each that was dropped
	if q.head > worth && q.head > len(q.list)/2 {
		q.list = q.list[:copy(q.list, q.list[q.head:])]
		q.head = 0
	}
	q.list = append(q.list, items...)
}

// drop takes the first n items out of the queue.
func (q *fifo[T]) drop(n int) {
	if q.head += n; q.empty() {
		q.list, q.head = q.list[:0], 0
	}
}

func (q *fifo[T]) reset() { q.list, q.head = keep(q.list), 0 }
