package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/tiktoken-go/tokenizer/codec"
)

// openAITokenizer is the tokenizer_type LiteLLM reports for counts by OpenAI's vocabularies.
const openAITokenizer = "openai_tokenizer"

// maxCounted bounds the work of one count, in bytes. What exceeds it is extrapolated from the part before.
const maxCounted = 1 << 20

// maxPiece is how much is counted at a time, in bytes. The encoder's time grows with the square of some texts, such as
// blank lines with spaces among them: six minutes for one MiB in one piece, half a second in these.
const maxPiece = 1 << 10

// Message is what counts of one chat message. Content holds its text parts, joined.
type Message struct{ Role, Content, Name string }

// CountText returns how many tokens text has for a model, and LiteLLM's name for the tokenizer used. OpenAI's models are
// counted by their own vocabulary, others by that of gpt-4o, which is an estimate. Of texts longer than 1 MiB only the
// first MiB is counted and the rest taken to be alike.
//
// Counts are those of OpenAI's tiktoken with two exceptions, both too high: by up to a token for each KiB that has no
// space after a word, and where several newlines stand with spaces between them.
//
// Counting runs at some 2 to 15 MB/s, and the first count builds a vocabulary (some 30 ms and 7 MB): where
// that is too slow, use Estimate.
func CountText(model, text string) (n int, tokenizer string) {
	c := counter{encoder: encoderFor(model)}
	c.add(text)
	return c.total(), openAITokenizer
}

// CountChat returns how many tokens messages have as a prompt of a model, with the overhead OpenAI documents: three
// tokens for each message, one more for a name, and three that open the reply. The limits of CountText apply to all
// messages together.
func CountChat(model string, messages []Message) int {
	const perMessage, perName, opening = 3, 1, 3
	c := counter{encoder: encoderFor(model)}
	overhead := opening
	for _, m := range messages {
		overhead += perMessage
		if m.Name != "" {
			overhead += perName
		}
		c.add(m.Role)
		c.add(m.Content)
		c.add(m.Name)
	}
	return overhead + c.total()
}

// Estimate returns about how many tokens that many bytes of text are: a quarter, rounded up. It is for the hot path,
// where a reservation needs no more.
func Estimate(bytes int) int { return (max(bytes, 0) + 3) / 4 }

// counter counts the texts of one prompt until maxCounted bytes are through.
type counter struct {
	encoder                 *codec.Codec
	counted, tokens, beyond int // bytes counted, their tokens, bytes left out
}

func (c *counter) add(text string) {
	for text != "" && c.counted < maxCounted {
		piece := cutWords(text)
		c.counted += len(piece)
		c.tokens += c.count(piece)
		text = text[len(piece):]
	}
	c.beyond += len(text)
}

func (c *counter) count(piece string) int {
	n, err := c.encoder.Count(piece)
	if err != nil {
		return Estimate(len(piece))
	}
	// The encoder leaves DEL out, which would make a text of it free.
	return n + strings.Count(piece, "\x7f")
}

func (c *counter) total() int {
	if c.beyond == 0 {
		return c.tokens
	}
	perByte := float64(c.tokens) / float64(c.counted)
	return c.tokens + int(perByte*float64(c.beyond))
}

// cutWords returns the first maxPiece bytes of text, or what of them precedes the last space after a word: no token spans
// that place. Without one it cuts between runes.
func cutWords(text string) string {
	if len(text) <= maxPiece {
		return text
	}
	for i := maxPiece; i > 0; i-- {
		if text[i] == ' ' && endsInWord(text[:i]) {
			return text[:i]
		}
	}
	for i := maxPiece; i > maxPiece-utf8.UTFMax; i-- {
		if utf8.RuneStart(text[i]) {
			return text[:i]
		}
	}
	return text[:maxPiece]
}

func endsInWord(text string) bool {
	last, _ := utf8.DecodeLastRuneInString(text)
	return !unicode.IsSpace(last)
}
