package catalog

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"unicode/utf8"
)

func TestCountText(t *testing.T) {
	for _, tt := range []struct {
		text          string
		cl100k, o200k int
	}{
		{"", 0, 0},
		{"hello world", 2, 2},
		{"Hello, world!", 4, 4},
		{"2 + 2 = 4", 7, 7},
		{"a\x7fb", 3, 3},
		{"antidisestablishmentarianism", 6, 6},
		{"お誕生日おめでとう", 9, 8},
	} {
		for model, want := range map[string]int{"gpt-4": tt.cl100k, "gpt-4o": tt.o200k} {
			n, tokenizer := CountText(model, tt.text)
			if n != want || tokenizer != "openai_tokenizer" {
				t.Errorf("%s, %q: got %d, %s, want %d", model, tt.text, n, tokenizer, want)
			}
		}
	}
}

func TestVocabularyOfModel(t *testing.T) {
	for model, old := range map[string]bool{
		"gpt-4":                         true,
		"gpt-4-0613":                    true,
		"gpt-4-turbo-2024-04-09":        true,
		"gpt-3.5-turbo":                 true,
		"azure/gpt-35-turbo":            true,
		"ft:gpt-3.5-turbo:org":          true,
		"ft:gpt-4-0613:org":             true,
		"text-embedding-3-small":        true,
		"openai/text-embedding-ada-002": true,
		"gpt-4o":                        false,
		"ft:gpt-4o-mini":                false,
		"gpt-4.1":                       false,
		"gpt-4.5-preview":               false,
		"gpt-5":                         false,
		"o1":                            false,
		"o4-mini":                       false,
		"claude-3-5-sonnet":             false,
		"":                              false,
	} {
		if got := encoderFor(model) == cl100k(); got != old {
			t.Errorf("%s: cl100k %t, want %t", model, got, old)
		}
	}
}

// The messages and counts are those of OpenAI's guide to counting tokens.
func TestCountChat(t *testing.T) {
	messages := []Message{
		{"system", "You are a helpful, pattern-following assistant that translates corporate jargon into plain English.", ""},
		{"system", "New synergies will help drive top-line growth.", "example_user"},
		{"system", "Things working well together will increase revenue.", "example_assistant"},
		{"system", "Let's circle back when we have more bandwidth to touch base on opportunities for increased leverage.", "example_user"},
		{"system", "Let's talk later when we're less busy about how to do better.", "example_assistant"},
		{"user", "This late pivot means we don't have time to boil the ocean for the client deliverable.", ""},
	}
	for model, want := range map[string]int{"gpt-3.5-turbo": 129, "gpt-4-0613": 129, "gpt-4o": 124, "gpt-4o-mini": 124} {
		if got := CountChat(model, messages); got != want {
			t.Errorf("%s: got %d, want %d", model, got, want)
		}
	}
	if got := CountChat("gpt-4o", nil); got != 3 {
		t.Errorf("no messages: got %d, want 3", got)
	}
}

func TestCountingIsBounded(t *testing.T) {
	for name, unit := range map[string]string{
		"letter":      "a",
		"blank lines": "\n ",
	} {
		text := strings.Repeat(unit, maxCounted/len(unit))
		if n, _ := CountText("gpt-4o", text); n <= 0 || n > len(text) {
			t.Errorf("%s: %d tokens in %d bytes", name, n, len(text))
		}
	}
}

func TestLongTextIsExtrapolated(t *testing.T) {
	const text = "The quick brown fox jumps over the lazy dog. "
	hundred, _ := CountText("gpt-4o", strings.Repeat(text, 100))
	for name, got := range map[string]int{
		"text": first(CountText("gpt-4o", strings.Repeat(text, 80_000))),
		"chat": CountChat("gpt-4o", []Message{
			{Content: strings.Repeat(text, 20_000)}, {Content: strings.Repeat(text, 20_000)}, {Content: strings.Repeat(text, 40_000)},
		}),
	} {
		want := 800 * hundred
		if off := got - want; off < -want/100 || off > want/100 {
			t.Errorf("%s: got %d, want about %d", name, got, want)
		}
	}
}

func first(n int, _ string) int { return n }

func TestCutWords(t *testing.T) {
	word := strings.Repeat("w", 100)
	for _, tt := range []struct {
		name, text string
		want       int
	}{
		{"short", "a b", 3},
		{"exact", strings.Repeat("a", maxPiece), maxPiece},
		{"before a space", strings.Repeat("a", maxPiece) + " b", maxPiece},
		{"before the last word", strings.Repeat("a", maxPiece-100) + " " + word, maxPiece - 100},
		{"before both spaces", strings.Repeat("a", maxPiece-100) + "  " + word, maxPiece - 100},
		{"not after a wide space", "a " + strings.Repeat("a", maxPiece-50) + "\u3000 " + word, 1},
		{"no space", strings.Repeat("a", 2*maxPiece), maxPiece},
		{"only spaces", strings.Repeat(" ", 2*maxPiece), maxPiece},
		{"between runes", "a" + strings.Repeat("日", maxPiece), maxPiece - (maxPiece-1)%3},
		{"no runes", strings.Repeat("\x80", 2*maxPiece), maxPiece},
	} {
		if got := len(cutWords(tt.text)); got != tt.want {
			t.Errorf("%s: got %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestCountingInPiecesAddsUp(t *testing.T) {
	text := strings.Repeat("Mr. Jock, TV quiz PhD,  bags few lynx;\n\n  it's 1234567 years' work. ", 500)
	for _, model := range []string{"gpt-4", "gpt-4o"} {
		want, err := encoderFor(model).Count(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := CountText(model, text); got != want {
			t.Errorf("%s: got %d, want %d", model, got, want)
		}
	}
}

func TestCountingIsSafeForConcurrentUse(t *testing.T) {
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			text := strings.Repeat(fmt.Sprintf("word%d ", i), 50)
			want, _ := CountText("gpt-4o", text)
			for range 20 {
				if got, _ := CountText("gpt-4o", text); got != want {
					t.Errorf("got %d, want %d", got, want)
				}
			}
		})
	}
	wg.Wait()
}

func TestEstimate(t *testing.T) {
	for bytes, want := range map[int]int{-1: 0, 0: 0, 1: 1, 4: 1, 5: 2, 4000: 1000} {
		if got := Estimate(bytes); got != want {
			t.Errorf("%d bytes: got %d, want %d", bytes, got, want)
		}
	}
}

func FuzzCountText(f *testing.F) {
	f.Add("hello world")
	f.Add("\xff\xfe'll 日本\u0301 \n\t 123")
	f.Fuzz(func(t *testing.T, text string) {
		n, _ := CountText("gpt-4o", text)
		// Invalid bytes are counted as U+FFFD, which is three bytes.
		if limit := 3 * len(text); n < 0 || n > limit || (n == 0) != (text == "") {
			t.Errorf("%d tokens in %d bytes, valid %t", n, len(text), utf8.ValidString(text))
		}
	})
}

func BenchmarkCountText(b *testing.B) {
	text := strings.Repeat("The quick brown fox jumps over the lazy dog. ", 25)
	CountText("gpt-4o", "")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		CountText("gpt-4o", text)
	}
}
