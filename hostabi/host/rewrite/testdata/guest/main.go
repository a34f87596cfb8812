//go:build wasip1

// Command guest does a bit of everything a plugin may do; its results are compared with and without rewriting.
package main

import (
	"crypto/sha256"
	"encoding/json"
	"hash/fnv"
	"maps"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"unsafe"
)

var buffer [1 << 17]byte

func main() {}

//go:wasmexport buffer
func bufferAt() uint32 { return uint32(uintptr(unsafe.Pointer(&buffer))) }

// run does the work of that number on the first n bytes of the buffer and returns a hash of the result.
//
//go:wasmexport run
func run(work, n uint32) uint64 {
	h := fnv.New64a()
	h.Write([]byte(works[work](buffer[:n])))
	runtime.Gosched()
	return h.Sum64()
}

var works = []func([]byte) string{
	hash, sorted, counted, numbers, matched, decoded, parallel, recovered, allocated,
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return string(sum[:])
}

func sorted(b []byte) string {
	words := strings.Fields(string(b))
	slices.Sort(words)
	return strings.Join(words, " ")
}

func counted(b []byte) string {
	counts := map[string]int{}
	for _, word := range strings.Fields(string(b)) {
		counts[word]++
	}
	var out []byte
	for _, word := range slices.Sorted(maps.Keys(counts)) {
		out = strconv.AppendInt(append(out, word...), int64(counts[word]), 10)
	}
	return string(out)
}

func numbers(b []byte) string {
	var out []byte
	f := 1.0
	for i, c := range b {
		f = f*1.0001 + float64(c)/float64(i+1)
		out = strconv.AppendFloat(out[:0], f, 'g', -1, 64)
		g, _ := strconv.ParseFloat(string(out), 64)
		if g != f {
			return "float " + string(out)
		}
	}
	return string(out)
}

var pattern = regexp.MustCompile(`(?i)(\w+)@(\w+)\.com|[a-f0-9]{8,}|\bthe\s+(\w+)`)

func matched(b []byte) string { return pattern.ReplaceAllString(string(b), "<$1 $2 $3>") }

func decoded(b []byte) string {
	text, _ := json.Marshal(map[string]any{"text": string(b), "list": []any{1, 2.5, nil, true, "é\n"}})
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err.Error()
	}
	again, _ := json.Marshal(v)
	return string(again)
}

func parallel(b []byte) string {
	results := make(chan int)
	for i := range 8 {
		go func() {
			sum := 0
			for _, c := range b[i*len(b)/8 : (i+1)*len(b)/8] {
				sum = sum*31 + int(c)
				if sum&0xff == 0 {
					runtime.Gosched()
				}
			}
			results <- sum
		}()
	}
	total := 0
	for range 8 {
		total += <-results
	}
	return strconv.Itoa(total)
}

func recovered(b []byte) (result string) {
	defer func() { result += ", recovered from " + recover().(error).Error() }()
	depth := 0
	var down func(n int) int
	down = func(n int) int {
		depth++
		if n == 0 {
			return int(b[len(b)])
		}
		return down(n-1) + 1
	}
	defer func() { result = strconv.Itoa(depth) }()
	return strconv.Itoa(down(1000))
}

func allocated(b []byte) string {
	var kept [][]byte
	for i := range 2000 {
		kept = append(kept, slices.Clone(b[:i%len(b)]))
		if len(kept) > 50 {
			kept = kept[25:]
		}
	}
	return string(slices.Concat(kept...))
}
