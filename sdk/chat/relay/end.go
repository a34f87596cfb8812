package relay

import (
	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
	"github.com/sluice-gateway/sluice/sdk/chat"
)

// End gives out what a stream owes: the usage that came along with a choice, and the reasons to stop that its vendor left
// out. A stream without them is complete only when its vendor said so, or when its usage came by itself; any other was cut
// off.
func End(c *sdk.Call, s *State) error {
	if s.text.Begun() {
		return s.endText(c)
	}
	if s.id == "" {
		return nil
	}
	if s.seen.begun&^s.seen.finished != 0 && !s.whole && !c.Complete() {
		return errCut
	}
	s.close(c)
	if s.owed != "" {
		s.writeUsage(c, s.owed)
	}
	return nil
}

var errCut = sdk.Refuse(hostabi.APIConnection, "the stream ended before the answer was complete")

func (s *State) endText(c *sdk.Call) error {
	if !s.whole && !c.Complete() && !s.text.Finished() {
		return errCut
	}
	s.text.FinishAll(c, chat.Stop)
	if s.usage != (sdk.Usage{}) {
		s.text.End(c, s.usage)
	}
	return nil
}

// close ends the choices that have begun and not ended.
func (s *State) close(c *sdk.Call) {
	open := s.seen.begun &^ s.seen.finished
	if open == 0 {
		return
	}
	s.seen.finished |= open
	o := c.Out()
	w := o.Object()
	s.writeHead(c, &w)
	w.Key("choices")
	separator := "["
	for i := range maxTracked {
		if open&bit(i) == 0 {
			continue
		}
		o.Lit(separator).Lit(`{"index":`).Int(int64(i))
		separator = ","
		if c.Endpoint() == hostabi.Completions {
			o.Lit(`,"text":"","finish_reason":`)
		} else {
			o.Lit(`,"delta":{},"finish_reason":`)
		}
		o.String(s.seen.unsaid(i)).Lit(`}`)
	}
	o.Lit("]")
	c.Emit(w.Close())
}

// unsaid is the reason to stop that a vendor did not give.
func (n *seen) unsaid(choice int) string {
	if n.called&bit(choice) != 0 {
		return chat.ToolCalls
	}
	return chat.Stop
}
