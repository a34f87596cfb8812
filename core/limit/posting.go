package limit

import (
	"context"
	"strconv"
	"sync"

	"github.com/redis/rueidis"

	"github.com/sluice-gateway/sluice/core"
)

// posting is what Redis is to know of a call that is over, for one counter.
type posting struct {
	id               counterID
	member           string // of the leases; "" = the call was not counted in Redis
	reserved, charge core.USD
	tokens, requests int64
	minute, period   string
	done             chan struct{} // closed when Redis knows; nil = nobody waits
}

// postings are those that Redis does not know yet.
type postings struct {
	sync.Mutex
	list  []posting
	owed  map[debt]core.USD // charges of calls that were counted here alone
	ready chan struct{}

	batch  []posting // is being sent, perhaps again
	number int64     // of the batch
}

// debt is whom and what to charge.
type debt struct {
	id     counterID
	period string
}

// most postings of a batch: Redis does nothing else meanwhile.
const batchSize = 256

func (p *postings) add(list ...posting) {
	p.Lock()
	p.list = append(p.list, list...)
	p.Unlock()
	p.wake()
}

// owe adds to what calls have cost that Redis knew nothing of.
func (p *postings) owe(id counterID, period string, cost core.USD) {
	if cost == 0 {
		return
	}
	p.Lock()
	if p.owed == nil {
		p.owed = map[debt]core.USD{}
	}
	p.owed[debt{id, period}] += cost
	p.Unlock()
	p.wake()
}

func (p *postings) wake() {
	select {
	case p.ready <- struct{}{}:
	default:
	}
}

// next returns the batch to be sent: the last one again, unless it was taken. Only follow calls it.
func (p *postings) next() []posting {
	if len(p.batch) > 0 {
		return p.batch
	}
	p.Lock()
	defer p.Unlock()
	n := min(len(p.list), batchSize)
	p.batch = append(p.batch[:0], p.list[:n]...)
	left := copy(p.list, p.list[n:])
	clear(p.list[left:])
	p.list = p.list[:left]
	for d, cost := range p.owed {
		if len(p.batch) >= batchSize {
			break
		}
		p.batch = append(p.batch, posting{id: d.id, period: d.period, charge: cost})
		delete(p.owed, d)
	}
	if len(p.batch) > 0 {
		p.number++
	}
	return p.batch
}

// taken lets go of the batch: Redis knows.
func (p *postings) taken() {
	for i := range p.batch {
		if done := p.batch[i].done; done != nil {
			close(done)
		}
	}
	clear(p.batch)
	p.batch = p.batch[:0]
}

// settle sends all batches there are, as long as Redis answers. What it did not answer is sent again when it is back.
func (s *shared) settle(k *link) {
	if k == nil {
		return
	}
	for batch := s.postings.next(); len(batch) > 0; batch = s.postings.next() {
		keys, args := s.write(batch)
		if _, ok := s.ask(k, settleScript, keys, args); !ok {
			return
		}
		s.postings.taken()
	}
}

// settleAll is settle with a time of its own, for when nobody else asks Redis.
func (s *shared) settleAll(k *link, ctx context.Context) bool {
	for batch := s.postings.next(); len(batch) > 0; batch = s.postings.next() {
		keys, args := s.write(batch)
		if err := settleScript.Exec(ctx, k.client, keys, args).Error(); err != nil {
			_, refused := rueidis.IsRedisErr(err)
			if refused {
				s.Log.Error("Redis does not take what calls have cost", "error", err.Error())
			}
			return false
		}
		s.postings.taken()
	}
	return true
}

// write makes the settle script's arguments.
func (s *shared) write(batch []posting) (keys, args []string) {
	keys = append(make([]string, 0, 1+2*len(batch)), s.Prefix+":batch:"+s.instance)
	args = append(make([]string, 0, 1+7*len(batch)), strconv.FormatInt(s.postings.number, 10))
	for i := range batch {
		p := &batch[i]
		hash, leases := s.keys(p.id)
		keys = append(keys, hash, leases)
		args = append(args, p.member, decimal(p.reserved), decimal(p.tokens), decimal(p.requests), p.minute, p.period, decimal(p.charge))
	}
	return keys, args
}

func decimal[N int64 | core.USD](n N) string { return strconv.FormatInt(int64(n), 10) }
