package host

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/hostabi/host/cputime"
	"github.com/sluice-gateway/sluice/hostabi/host/match"
	"github.com/sluice-gateway/sluice/hostabi/pack"
)

// searcherModule builds testdata/searcher once per process.
var searcherModule = sync.OnceValues(func() ([]byte, error) {
	return pack.Build(context.Background(), filepath.Join("testdata", "searcher"))
})

// wanted is what to look for: a match description, and the settings of testdata/searcher.
type wanted map[string]any

func (w wanted) text() string {
	text, err := json.Marshal(w)
	if err != nil {
		panic(err) // words and rules always marshal
	}
	return string(text)
}

// names are n words that prose does not hold.
func names(n int) []string {
	const consonants, vowels = "bdfgklmnprstvz", "aeiou"
	list := make([]string, n)
	for i := range list {
		var w strings.Builder
		for k := i + 1000; k > 0; k /= 70 {
			w.WriteByte(consonants[k%14])
			w.WriteByte(vowels[k/14%5])
		}
		list[i] = w.String() + "xo"
	}
	return list
}

var thousandWords = wanted{"words": names(1000)}

// secrets are 200 rules of the shape that scanners have, each with the keyword that makes it worth a try.
func secrets() wanted {
	var rules []map[string]any
	for i, vendor := range names(200) {
		pattern := `\b(` + vendor + `_[a-zA-Z0-9]{36})\b`
		if i%2 == 0 {
			pattern = `(?i)(?:` + vendor + `)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|=>)[\x60'"\s=]{0,5}([a-z0-9]{32,64})(?:[\x60'"\s;]|$)`
		}
		rules = append(rules, map[string]any{"name": vendor, "pattern": pattern, "keywords": []string{vendor}, "group": 1})
	}
	return wanted{"rules": rules}
}

// essay is a text of n bytes without anything to find, as one segment.
func essay(n int) *Text {
	const sample = `The committee met again on Thursday to discuss how the new library should be organised, and whether the
older collections ought to be moved before winter. Several members thought that "moving twice" would cost more than it
saved; others pointed out that the roof of the present building had been leaking since March 2019. `
	src := strings.Repeat(sample, 1+n/len(sample))[:n]
	return &Text{Src: []byte(src), Segments: []hostabi.Segment{{Len: uint32(n), Role: hostabi.RoleUser, Flags: hostabi.SegmentFinal}}}
}

// handSearcher is a guest of a few instructions that searches for the description, which lies where the host's buffer
// usually does.
func handSearcher(description string) []byte {
	const setAt, hostBuffer = 4, 1 << 16
	m := minimal().imported(hostabi.Module, hostabi.ImportMatchSet, "ii:i").imported(hostabi.Module, hostabi.ImportMatch, "iiiii:i")
	m.pages, m.data = 2, description
	m.with(hostabi.ExportBuf, "i:i", constant(hostBuffer))
	m.with(hostabi.ExportConfigure, "i:i", constant(setAt), constant(textAt), constant(int32(len(description))), call(0), store(), constant(0))
	return m.with(hostabi.ExportEvent, "iiii:i", local(0), constant(setAt), load(), constant(-1), constant(hitsAt), constant(100), call(1),
		[]byte{opDrop}, constant(0)).wasm()
}

// asked loads a guard and measures what an event with the text takes.
func asked(b *testing.B, r *Runtime, wasm []byte, settings string, t *Text) {
	p, err := r.Load(b.Context(), "guard", wasm, []byte(`{"settings":`+settings+`}`), Grants{Match: true})
	if err != nil {
		b.Fatal(err)
	}
	c := opened(b, p)
	var h hostabi.Header
	b.ReportAllocs()
	defer cputime.Thread(b)()
	for b.Loop() {
		if _, err := c.SendText(hostabi.EventInput, &h, t); err != nil {
			b.Fatal(err)
		}
	}
}

func goSearcher(b *testing.B) []byte {
	wasm, err := searcherModule()
	if err != nil {
		b.Fatal(err)
	}
	return wasm
}

// BenchmarkGuardHook is an event of a guard that finds nothing: one that does nothing, one that searches 10 KB for a
// thousand words or with two hundred rules, and the same searches without a guest.
func BenchmarkGuardHook(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1, CacheDir: compilationCache()})
	b.Run("idle/minimal", func(b *testing.B) { asked(b, r, minimal().wasm(), `{}`, essay(1<<10)) })
	b.Run("idle/go", func(b *testing.B) { asked(b, r, goSearcher(b), `{}`, essay(1<<10)) })
	for name, w := range map[string]wanted{"words": thousandWords, "rules": secrets()} {
		b.Run(name+"/native", func(b *testing.B) { searched(b, w, essay(10<<10)) })
		b.Run(name+"/minimal", func(b *testing.B) { asked(b, r, handSearcher(w.text()), `{}`, essay(10<<10)) })
		b.Run(name+"/go", func(b *testing.B) { asked(b, r, goSearcher(b), w.text(), essay(10<<10)) })
	}
}

func searched(b *testing.B, w wanted, t *Text) {
	s, err := match.Compile([]byte(w.text()))
	if err != nil {
		b.Fatal(err)
	}
	var hits []hostabi.Hit
	b.ReportAllocs()
	defer cputime.Thread(b)()
	for b.Loop() {
		hits = s.Append(hits[:0], t.Src, 0)
	}
	if len(hits) > 0 {
		b.Fatal(fmt.Sprint(hits))
	}
}

// BenchmarkGuardExchange is all that a guard costs an exchange: a context opened, asked about 1 KB, closed.
func BenchmarkGuardExchange(b *testing.B) {
	r, _ := newRuntime(b, Options{Instances: 1, CacheDir: compilationCache()})
	for name, wasm := range map[string][]byte{"minimal": minimal().wasm(), "go": goSearcher(b)} {
		b.Run(name, func(b *testing.B) {
			p := mustLoad(b, r, wasm, `{}`)
			t := essay(1 << 10)
			var c Context
			var h hostabi.Header
			b.ReportAllocs()
			defer cputime.Thread(b)()
			for b.Loop() {
				c.Open(p)
				if _, err := c.SendText(hostabi.EventInput, &h, t); err != nil {
					b.Fatal(err)
				}
				c.Close()
			}
		})
	}
}
