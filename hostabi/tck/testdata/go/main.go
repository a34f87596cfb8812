// Command tck is the conformance program of package tck with Sluice's own SDK: see ../../README.md for what it has to do.
package main

import (
	"errors"
	"strconv"
	"strings"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

var (
	keySay = sdk.Name("say")
	words  = sdk.Words(sdk.WordSet{Words: []string{"alpha", "beta"}})
	asked  = sdk.Counter("asked")
)

func init() { sdk.Protect(sdk.Guard{Check: check, Calls: true}) }

func main() {}

func check(t *sdk.Text) error {
	asked.Add(1)
	command, _, _ := strings.Cut(t.Segments()[0].Text(), " ")
	if t.Stage() == sdk.StageWindow {
		command = "star"
	}
	switch command {
	case "star":
		star(t)
	case "match":
		for _, h := range t.Match(words) {
			t.Edit(h, "*")
		}
	case "block":
		t.Block("blocked by the guest")
	case "flag":
		t.Flag("seen")
	case "fail":
		return errors.New("could not decide")
	case "call":
		return call(t)
	case "sleep":
		defer t.Flag("woke")
		return t.Sleep(20)
	case "count":
		n, err := t.KV(sdk.ScopeGlobal).Add("n", 1, 0)
		t.Flag("n=" + strconv.FormatInt(n%10, 10))
		return err
	case "header":
		header(t)
	case "log":
		sdk.Log(4, "a line of the guest's")
	case "trap":
		panic("as asked")
	case "loop":
		for {
			sdk.Log(-4, "again")
		}
	}
	return nil
}

func star(t *sdk.Text) {
	for _, s := range t.Segments() {
		text := s.Text()
		for at := s.Seen(); at < len(text); at++ {
			if c := text[at]; c >= '0' && c <= '9' {
				s.Edit(at, at+1, "*")
			}
		}
	}
}

func call(t *sdk.Text) error {
	first := t.Segments()[0]
	reply, err := t.Fetch(sdk.FetchRequest{Upstream: "tck", Path: "/echo", Headers: []string{"x-from: guest"}, Out: t.Out().Segment(first)})
	if err != nil {
		why := hostabi.CallFailed
		if e := (*sdk.FetchError)(nil); errors.As(err, &e) {
			why = e.Why
		}
		t.Flag("call error " + strconv.Itoa(int(why)))
		return nil
	}
	if say := reply.Doc().Get(keySay); say.IsString() {
		first.Edit(0, 4, say.Text())
	}
	return nil
}

func header(t *sdk.Text) {
	if v := t.Header("x-tck"); v != "" {
		t.Flag(v)
	}
	if t.Header("authorization") != "" {
		t.Flag("leak")
	}
}
