package match

import (
	"github.com/sluice-gateway/sluice/hostabi"
)

type rules struct{}

func compileRules(list []rule) (*rules, error) { return &rules{}, nil }

func (r *rules) search(hits []hostabi.Hit, text []byte, segment uint32, fuel *int64) []hostabi.Hit {
	return hits
}
func (r *rules) size() int { return 0 }
