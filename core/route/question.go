package route

import (
	"strconv"
	"strings"
	"time"

	"github.com/sluice-gateway/sluice/core"
	"github.com/sluice-gateway/sluice/core/catalog"
	"github.com/sluice-gateway/sluice/hostabi/tape"
)

// appendQuestion appends what a router is asked: {"model","call_id","targets":[…]}.
func (r *Router) appendQuestion(dst []byte, g *Group, x *core.Exchange, provider func(*core.Deployment) string) []byte {
	dst = appendText(append(dst, '{'), "model", x.Model)
	dst = appendText(append(dst, ','), "group", g.Name)
	dst = appendText(append(dst, ','), "call_id", x.CallID)
	dst = append(dst, `,"targets":[`...)
	now := time.Now()
	for i, d := range g.choices {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = r.load(d, provider).append(dst, now)
	}
	return append(dst, "]}"...)
}

// append appends what is known of a deployment.
func (l *Load) append(dst []byte, now time.Time) []byte {
	inFlight, failures, latency := l.now(now)
	dst = append(dst, l.facts...)
	dst = strconv.AppendInt(append(dst, `,"in_flight":`...), int64(inFlight), 10)
	dst = strconv.AppendInt(append(dst, `,"failures":`...), int64(failures), 10)
	if latency > 0 {
		dst = strconv.AppendFloat(append(dst, `,"latency_ms":`...), float64(latency)/float64(time.Millisecond), 'f', 3, 64)
	}
	return append(dst, '}')
}

// appendFacts appends what does not change, without the closing bracket. Prices are in USD per token.
func appendFacts(dst []byte, d *core.Deployment, provider string) []byte {
	dst = appendText(append(dst, '{'), "id", d.ID)
	dst = appendText(append(dst, ','), "model", d.Model)
	if provider != "" {
		dst = appendText(append(dst, ','), "provider", provider)
	}
	input, output := prices(d, provider)
	for _, f := range [...]struct {
		key   string
		value *float64
	}{{"weight", d.Weight}, {"tpm", d.TPM}, {"rpm", d.RPM}, {"input_cost", input}, {"output_cost", output}} {
		if f.value != nil {
			dst = append(append(append(dst, `,"`...), f.key...), `":`...)
			dst = strconv.AppendFloat(dst, *f.value, 'g', -1, 64)
		}
	}
	return dst
}

// prices are the deployment's own, else the catalogue's, else nil.
func prices(d *core.Deployment, provider string) (input, output *float64) {
	if d.InputCost != nil || d.OutputCost != nil {
		return d.InputCost, d.OutputCost
	}
	name := strings.TrimPrefix(d.Model, provider+"/")
	if d.BaseModel != "" {
		provider, name = "", d.BaseModel
	}
	if m, ok := catalog.Lookup(provider, name); ok {
		return &m.InputPerToken, &m.OutputPerToken
	}
	return nil, nil
}

func appendText(dst []byte, key, value string) []byte {
	dst = append(append(append(dst, '"'), key...), `":"`...)
	return append(tape.AppendQuoted(dst, []byte(value)), '"')
}
