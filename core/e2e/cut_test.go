package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sluice-gateway/sluice/core/e2e/gateway"
	"github.com/sluice-gateway/sluice/core/e2e/mock"
)

// pause lets the gateway read the part before the cut by itself. Should it not, the test only shows less.
const pause = 300 * time.Microsecond

// TestCutInTwo sends one small stream of each format in two parts, cut at every byte in turn.
func TestCutInTwo(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			text := f.open + f.piece("Grüße, 你好 🙂 ") + f.piece("\u2028 \\\" done") + f.end
			var at atomic.Int64
			g := playing(t, f, noRetries, func(s *mock.Stream) {
				s.Send(text[:at.Load()])
				time.Sleep(pause)
				s.Send(text[at.Load():])
			})
			want := streamed(t, g)
			if !strings.Contains(want, "[DONE]") {
				t.Fatalf("streamed %s", want)
			}
			for int(at.Add(1)) < len(text) {
				if got := streamed(t, g); got != want {
					t.Fatalf("cut at byte %d of %d:\n%s\nwithout:\n%s", at.Load(), len(text), got, want)
				}
			}
		})
	}
}

// TestCutWithOtherLineEnds: CRLF and comments between the lines change nothing.
func TestCutWithOtherLineEnds(t *testing.T) {
	t.Parallel()
	for _, f := range formats {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			text := f.open + f.piece("one") + f.piece(" two") + f.end
			variants := []string{text, strings.ReplaceAll(text, "\n", "\r\n"), ": hello\n\n" + strings.ReplaceAll(text, "data:", ": ping\ndata:"),
				strings.ReplaceAll(text, "data: ", "data:"), strings.TrimSuffix(text, "\n\n"), "\ufeff" + text, "id: 7\nretry: 10\n" + text}
			var n atomic.Int64
			g := playing(t, f, noRetries, func(s *mock.Stream) { s.Bytes(variants[n.Load()]) })
			want := streamed(t, g)
			for int(n.Add(1)) < len(variants) {
				if got := streamed(t, g); got != want {
					t.Errorf("variant %d:\n%s\nwant:\n%s", n.Load(), got, want)
				}
			}
		})
	}
}

// streamed is a whole stream without the date.
func streamed(t *testing.T, g *gateway.Gateway) string {
	t.Helper()
	r := g.Post(chat, ask)
	if r.Status != http.StatusOK {
		t.Fatalf("answered %d %s", r.Status, r.Body)
	}
	text := string(r.Body)
	_, rest, _ := strings.Cut(text, `"created":`)
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if _, err := strconv.Atoi(rest[:digits]); err != nil {
		t.Fatalf("no date in %s", text)
	}
	return strings.ReplaceAll(text, rest[:digits], "DATE")
}
