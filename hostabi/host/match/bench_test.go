package match

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
)

// vocabulary makes n words as natural ones are: of 4 to 12 letters, with common beginnings and endings.
func vocabulary(n int) []string {
	random := rand.New(rand.NewPCG(5, 6))
	onsets, nuclei := strings.Fields("b br c ch cl d dr f g gr h l m n p pr r s st t tr v w"), strings.Fields("a e i o u ea ou")
	seen, list := map[string]bool{}, make([]string, 0, n)
	for len(list) < n {
		var w strings.Builder
		for range 2 + random.IntN(3) {
			w.WriteString(onsets[random.IntN(len(onsets))] + nuclei[random.IntN(len(nuclei))])
		}
		if s := w.String(); !seen[s] && len(s) >= 4 {
			seen[s], list = true, append(list, s)
		}
	}
	return list
}

const paragraph = `The committee met again on Thursday to discuss how the new library should be organised, and whether the
older collections ought to be moved before winter. Several members thought that "moving twice" would cost more than it
saved; others pointed out that the roof of the present building had been leaking since March 2019, and that nobody could
say how long the 14,000 volumes in the basement would stay dry. In the end they agreed to ask for two estimates. `

func prose(n int) []byte {
	return []byte(strings.Repeat(paragraph, n/len(paragraph)+1)[:n])
}

var sizes = []int{1 << 10, 10 << 10, 100 << 10}

func BenchmarkWords(b *testing.B) {
	for _, count := range []int{1_000, 100_000} {
		for _, whole := range []bool{true, false} {
			s := compile(b, description{Words: append(vocabulary(count), "thursday"), Whole: whole, Fold: true})
			for _, n := range sizes {
				b.Run(fmt.Sprintf("%d/whole=%t/%dKB", count, whole, n>>10), func(b *testing.B) { search(b, s, prose(n)) })
			}
		}
	}
}

func BenchmarkWordsGreek(b *testing.B) {
	s := compile(b, description{Words: append(vocabulary(1000), "ελλάδα", "αθήνα"), Whole: true, Fold: true})
	search(b, s, []byte(strings.Repeat("Η πόλη ήταν ήσυχη όταν φτάσαμε, και κανείς δεν μας περίμενε. ", 100)))
}

func search(b *testing.B, s *Set, text []byte) {
	var hits []hostabi.Hit
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		hits = s.Append(hits[:0], text, 0)
	}
	b.ReportMetric(float64(len(hits)), "hits")
}

func BenchmarkCompileWords(b *testing.B) {
	for _, n := range []int{1_000, 100_000} {
		list := vocabulary(n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				w, err := compileWords(list, true, true)
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(float64(w.size())/1e6, "MB")
			}
		})
	}
}
