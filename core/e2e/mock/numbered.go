package mock

import (
	"bytes"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
)

// Numbered starts a model like that of OpenAI, whose answers have ids of their own: chatcmpl-1, chatcmpl-2, …
func Numbered(t testing.TB) *Server {
	var answers atomic.Int64
	answer := openai(t)
	return New(t, func(w http.ResponseWriter, r *http.Request, body string) {
		answer(&numbering{w, fmt.Appendf(nil, "chatcmpl-%d", answers.Add(1))}, r, body)
	})
}

// numbering puts an id in the place of the one that all answers have.
type numbering struct {
	http.ResponseWriter
	id []byte
}

func (n *numbering) Write(p []byte) (int, error) {
	_, err := n.ResponseWriter.Write(bytes.ReplaceAll(p, []byte(openaiID), n.id))
	return len(p), err
}

// Unwrap lets a ResponseController flush.
func (n *numbering) Unwrap() http.ResponseWriter { return n.ResponseWriter }
