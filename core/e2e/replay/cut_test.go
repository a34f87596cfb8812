package replay

import (
	"slices"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/core/e2e/wire"
)

// maxCut is the longest recording, in bytes, that is sent byte by byte.
const maxCut = 6 << 10

// TestCutEverywhere sends short streams one byte at a time. What comes out must be what comes out otherwise.
func TestCutEverywhere(t *testing.T) {
	short := slices.DeleteFunc(load(t), func(f *fixture) bool {
		body, err := f.wire()
		return err != nil || len(body) > maxCut || !f.streams() || f.outOfScope() != "" || f.Kind == "error"
	})
	formats := map[string]int{}
	s := open(t, short)
	t.Run("streams", func(t *testing.T) {
		for _, f := range short {
			formats[f.vendor()]++
			t.Run(f.ID, func(t *testing.T) {
				t.Parallel()
				s.compareCut(t, f)
			})
		}
	})
	for _, vendor := range []string{"openai", "anthropic"} {
		if formats[vendor] == 0 {
			t.Errorf("no stream of %s is short enough", vendor)
		}
	}
	t.Logf("%d streams", len(short))
}

func (s *stage) compareCut(t *testing.T, f *fixture) {
	body, err := f.request(true)
	if err != nil {
		t.Fatal(err)
	}
	whole := s.Post(f.route(), body)
	cut := s.Post(f.route(), strings.Replace(body, f.ID, cutName(f.ID), 1))
	if whole.Status != cut.Status || normal(t, whole) != normal(t, cut) {
		t.Errorf("whole: %d\n%s\ncut: %d\n%s", whole.Status, whole.Body, cut.Status, cut.Body)
	}
}

// normal is an answer without what is new each time: ids that the gateway makes up, and the date.
func normal(t *testing.T, r reply) string {
	t.Helper()
	var lines []string
	for _, e := range wire.Events(string(r.Body)) {
		v, err := wire.Without(e.Data, "id", "created")
		if err != nil && e.Data != "[DONE]" {
			t.Fatalf("%v: %s", err, e.Data)
		}
		lines = append(lines, v)
	}
	return strings.Join(lines, "\n")
}
