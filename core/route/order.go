package route

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

var (
	keyOrder = tape.MustIntern("order")
	keyWhy   = tape.MustIntern("why")
)

// maxWhy is how much of a router's reason is kept, in bytes.
const maxWhy = 512

// readOrder reads a router's answer, {"order":[indexes of targets],"why":"…"}. Each target may be named once; what is not named
// is not tried.
func readOrder(d *tape.Doc, targets []*core.Deployment) (order []*core.Deployment, why string, err error) {
	list := d.Get(0, keyOrder)
	if list < 0 || d.Nodes[list].Kind != tape.Array {
		return nil, "", errors.New("the router's answer has no list named order")
	}
	if i := d.Get(0, keyWhy); i >= 0 {
		if d.Nodes[i].Kind != tape.String {
			return nil, "", errors.New("the router's why is not a text")
		}
		if why = string(d.Text(i)); len(why) > maxWhy {
			why = strings.ToValidUTF8(why[:maxWhy], "")
		}
	}
	order, err = indexed(d, list, targets)
	return order, why, err
}

func indexed(d *tape.Doc, list int, targets []*core.Deployment) ([]*core.Deployment, error) {
	n := &d.Nodes[list]
	if n.Flags&tape.Flat == 0 {
		if int(n.Next) > list+1 {
			return nil, errors.New("the router's order has something else than numbers")
		}
		return nil, nil
	}
	raw := string(d.Raw(list))
	named := make([]bool, len(targets))
	var order []*core.Deployment
	for text := range strings.SplitSeq(raw[1:len(raw)-1], ",") {
		i, err := strconv.Atoi(strings.TrimSpace(text))
		switch {
		case err != nil || i < 0 || i >= len(targets):
			return nil, fmt.Errorf("the router's order names %.32s of %d targets", strings.TrimSpace(text), len(targets))
		case named[i]:
			return nil, fmt.Errorf("the router's order names target %d twice", i)
		}
		named[i] = true
		order = append(order, targets[i])
	}
	return order, nil
}
