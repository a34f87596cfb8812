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
			s := compile(b, description{Words: append(vocabulary(count), "thursday"), Whole: new(whole), Fold: new(true)})
			for _, n := range sizes {
				b.Run(fmt.Sprintf("%d/whole=%t/%dKB", count, whole, n>>10), func(b *testing.B) { search(b, s, prose(n)) })
			}
		}
	}
}

func BenchmarkWordsGreek(b *testing.B) {
	s := compile(b, description{Words: append(vocabulary(1000), "ελλάδα", "αθήνα"), Whole: new(true), Fold: new(true)})
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

// secretRules are of the shapes that scanners for secrets have: a prefix of a vendor's, or a name near a random value.
func secretRules(n int) []rule {
	var list []rule
	for i, vendor := range vocabulary(n) {
		r := rule{Name: vendor, Keywords: []string{vendor}, Group: 1}
		switch i % 3 {
		case 0:
			r.Pattern = `\b(` + vendor + `_[a-zA-Z0-9]{36})\b`
		case 1:
			r.Pattern = `(?i)[\w.-]{0,50}?(?:` + vendor + `)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([a-z0-9]{32,64})(?:[\x60'"\s;]|\\[nr]|$)`
		default:
			r.Pattern = `\b((?:` + strings.ToUpper(vendor) + `|` + vendor + `)-[A-Z2-7]{16})\b`
		}
		list = append(list, r)
	}
	return append(list, rule{Name: "generic", Group: 1, Keywords: []string{"access", "api", "auth", "key", "password", "secret", "token"},
		Pattern: `(?i)[\w.-]{0,50}?(?:access|auth|(?-i:[Aa]pi|API)|credential|creds|key|passw(?:or)?d|secret|token)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,)[\x60'"\s=]{0,5}([\w.=-]{10,150}|[a-z0-9][a-z0-9+/]{11,}={0,3})(?:[\x60'"\s;]|\\[nr]|$)`})
}

// personalRules have no keywords and are tried on every text.
var personalRules = []rule{
	{Name: "mail", Pattern: `\b[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}\b`},
	{Name: "phone", Pattern: `\b(?:\+?1[-. ]?)?\(?\d{3}\)?[-. ]?\d{3}[-. ]?\d{4}\b`},
	{Name: "card", Pattern: `\b(?:\d[ -]*?){13,16}\b`},
	{Name: "iban", Pattern: `\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b`},
	{Name: "address", Pattern: `\b(?:\d{1,3}\.){3}\d{1,3}\b`},
}

func BenchmarkRules(b *testing.B) {
	secrets := compile(b, description{Rules: secretRules(200)})
	personal := compile(b, description{Rules: personalRules})
	for _, n := range sizes {
		clean := prose(n)
		talk := []byte(strings.Replace(string(clean), "volumes in", "volumes, says bob.smith@example.com (555-123-4567), in", 1))
		leak := []byte(strings.Replace(string(clean), "In the end", `api_key = "aB3dE5fG7hI9jK1lM3nO5pQ7"`, 1))
		name := fmt.Sprintf("/%dKB", n>>10)
		b.Run("secrets/none"+name, func(b *testing.B) { search(b, secrets, clean) })
		b.Run("secrets/one"+name, func(b *testing.B) { search(b, secrets, leak) })
		b.Run("personal/none"+name, func(b *testing.B) { search(b, personal, clean) })
		b.Run("personal/two"+name, func(b *testing.B) { search(b, personal, talk) })
		for _, r := range personalRules {
			one := compile(b, description{Rules: []rule{r}})
			b.Run("one/"+r.Name+name, func(b *testing.B) { search(b, one, talk) })
		}
	}
}

func BenchmarkTooManyStates(b *testing.B) {
	pattern, text := exploding(100 << 10)
	search(b, compile(b, description{Rules: []rule{{Pattern: pattern}}}), text)
}

func BenchmarkCompileRules(b *testing.B) {
	list := secretRules(200)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := compileRules(list); err != nil {
			b.Fatal(err)
		}
	}
}
