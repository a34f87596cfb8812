// Command guest is a plugin that does what the document of a request tells it, for the tests of package host.
package main

import (
	"crypto/rand"
	"encoding/hex"
	"os"
	"strconv"

	"github.com/sluice-gateway/sluice/hostabi"
	"github.com/sluice-gateway/sluice/sdk"
)

// state is what an exchange keeps: how many events it saw, and what the request gave it to keep.
type state struct {
	events int64
	kept   string
}

var (
	do, text, args, keep = sdk.Name("do"), sdk.Name("text"), sdk.Name("args"), sdk.Name("keep")
	size                 = sdk.Name("size")
	model                = sdk.Name("model")

	doEcho, doPanic, doExit, doPrint, doText = sdk.Name("echo"), sdk.Name("panic"), sdk.Name("exit"), sdk.Name("print"), sdk.Name("text")
	doParse, doAttr, doSet, doUsage, doFail  = sdk.Name("parse"), sdk.Name("attr"), sdk.Name("set"), sdk.Name("usage"), sdk.Name("fail")
	doGrow, doEmit, doKeep                   = sdk.Name("grow"), sdk.Name("emit"), sdk.Name("keep")
	doRandom, doMap, doAsk                   = sdk.Name("random"), sdk.Name("map"), sdk.Name("ask")
	doLoop, doRecurse, doFork                = sdk.Name("loop"), sdk.Name("recurse"), sdk.Name("fork")
)

var configured string

// table is made when the plugin is configured.
var table = map[string]int{}

// asked and answered lead to a goroutine that starts when the plugin is configured.
var asked, answered = make(chan int64), make(chan int64)

// sum answers with the sum of what it was asked, and waits for the next.
func sum() {
	total := int64(0)
	for n := range asked {
		total += n
		answered <- total
	}
}

func ask(n int64) int64 {
	asked <- n
	return <-answered
}

// ballast keeps memory in use.
var ballast [][]byte

func init() {
	sdk.Provide(sdk.Provider[state]{
		Configure: func(config sdk.Value) error {
			if config.Named("refuse").True() {
				return sdk.BadRequest("refused as told")
			}
			configured = config.Source()
			for i := range 1000 {
				table[strconv.Itoa(i)] = i
			}
			ballast = append(ballast, make([]byte, config.Named("ballast").Int()))
			go sum()
			ask(1)
			return nil
		},
		Request: request, Response: request, Chunk: request, End: request,
	})
}

func request(c *sdk.Call, s *state) error {
	s.events++
	d := c.Doc()
	o := c.Out()
	switch d.Get(do).Atom() {
	case doEcho:
		c.Body(o.Lit(`{"echo":`).Raw(d).Lit(`,"config":` + configured + `}`))
	case doPanic:
		panic("told to")
	case doExit:
		os.Exit(3)
	case doPrint:
		print(d.Get(text).Text())
	case doText:
		c.Body(o.String(d.Get(text).Text()))
	case doParse:
		c.Body(o.Raw(d.Get(args).Parse().Get(text)))
	case doAttr:
		c.Body(o.String(c.Attr(model)))
	case doSet:
		c.Path("/p?" + d.Get(text).Text())
		c.Header("x-test", "1")
	case doUsage:
		c.Usage(sdk.Usage{Prompt: 1, Completion: 2, CacheRead: 3, CacheWrite: 4, Reasoning: 5})
	case doFail:
		return &sdk.Error{Class: hostabi.RateLimit, Status: 429, Message: d.Get(text).Text()}
	case doGrow:
		ballast = append(ballast, make([]byte, d.Get(size).Int()))
	case doRandom:
		var b [16]byte
		rand.Read(b[:])
		c.Body(o.String(sdk.RandomID("") + " " + hex.EncodeToString(b[:])))
	case doMap:
		total := 0
		for k, v := range table {
			if k != strconv.Itoa(v) {
				panic("the map is broken at " + k)
			}
			total += v
		}
		table[strconv.Itoa(len(table))] = len(table)
		c.Body(o.Int(int64(total)))
	case doAsk:
		c.Body(o.Int(ask(d.Get(size).Int())))
	case doEmit:
		c.Emit(o.Raw(d))
		c.Emit(c.Out().Int(s.events))
	case doLoop:
		for {
		}
	case doRecurse:
		recurse(1)
	case doFork:
		fork(1 << 30)
	case doKeep:
		s.kept += d.Get(keep).Text()
		c.Body(o.String(s.kept + strconv.FormatInt(s.events, 10)))
	default:
		c.Pass()
	}
	return nil
}

// recurse calls itself without end.
func recurse(n int) int { return recurse(n+1) + 1 }

// fork calls itself exponentially often, without a loop and without going deep.
func fork(n int) int {
	if n == 0 {
		return 1
	}
	return fork(n-1) + fork(n-1)
}

func main() {}
