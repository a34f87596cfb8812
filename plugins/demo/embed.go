package main

import (
	"encoding/base64"
	"hash/fnv"
	"math"
	"strconv"

	"github.com/sluice-gateway/sluice/sdk"
)

// Limits of a vector's length.
const (
	defaultDimensions = 8
	maxDimensions     = 4096
)

// embed answers with one vector for each input. Equal inputs get equal vectors; nearness means nothing.
func embed(c *sdk.Call) error {
	doc := c.Doc()
	size := int(doc.Get(keyDimensions).Int())
	if size == 0 {
		size = defaultDimensions
	}
	if size < 1 || size > maxDimensions {
		return sdk.BadRequest("dimensions must be between 1 and " + strconv.Itoa(maxDimensions))
	}
	input := doc.Get(keyInput)
	if input.Empty() {
		return sdk.BadRequest("input must not be empty")
	}
	write := writeFloats
	if doc.Get(keyEncodingFormat).Is(formatBase64) {
		write = writeBase64
	}
	usage := sdk.Usage{Prompt: tokens(input.Len())}
	c.Usage(usage)
	o := c.Out().Lit(`{"object":"list","data":[`)
	for i, text := range inputs(input) {
		if i > 0 {
			o.Lit(",")
		}
		o.Lit(`{"object":"embedding","index":`).Int(int64(i)).Lit(`,"embedding":`)
		write(o, vector(text, size))
		o.Lit("}")
	}
	o.Lit(`],"model":`).String(c.Attr(attrModel))
	o.Lit(`,"usage":{"prompt_tokens":`).Int(usage.Prompt).Lit(`,"total_tokens":`).Int(usage.Prompt)
	c.Body(o.Lit("}}"))
	return nil
}

// inputs are the texts, or lists of tokens as they are written, that are to be embedded.
func inputs(input sdk.Value) []string {
	if !input.First().Exists() {
		return []string{input.Source()}
	}
	var list []string
	for v := input.First(); v.Exists(); v = v.Next() {
		list = append(list, v.Source())
	}
	return list
}

// vector makes up numbers from a text and brings them to length 1.
func vector(text string, size int) []float32 {
	hash := fnv.New64a()
	hash.Write([]byte(text))
	seed := hash.Sum64() | 1
	raw := make([]float64, size)
	sum := 0.0
	for i := range raw {
		seed ^= seed << 13
		seed ^= seed >> 7
		seed ^= seed << 17
		raw[i] = float64(int32(seed>>32)) / math.MaxInt32
		sum += raw[i] * raw[i]
	}
	length := math.Sqrt(sum)
	v := make([]float32, size)
	for i := range v {
		v[i] = float32(raw[i] / length)
	}
	return v
}

func writeFloats(o *sdk.Out, v []float32) {
	b := []byte{'['}
	for i, x := range v {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendFloat(b, float64(x), 'g', -1, 32)
	}
	o.Lit(string(append(b, ']')))
}

// writeBase64 adds the numbers as OpenAI's clients like them best: little endian, in base64.
func writeBase64(o *sdk.Out, v []float32) {
	b := make([]byte, 0, len(v)*4)
	for _, x := range v {
		bits := math.Float32bits(x)
		b = append(b, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
	}
	o.Lit(`"`).Lit(base64.StdEncoding.EncodeToString(b)).Lit(`"`)
}
