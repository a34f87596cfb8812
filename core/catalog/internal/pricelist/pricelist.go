// Package pricelist is the file format of the bundled price list: gzipped JSON, written by the generator and read by the
// catalog.
package pricelist

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
)

// File is a whole price list.
type File struct {
	Source    string     `json:"source"` // package and version the prices were taken from
	Providers []Provider `json:"providers"`
}

// Provider is one vendor's list of models.
type Provider struct {
	Names    []string `json:"names"`              // LiteLLM provider names served by this list; the first is its own
	Fallback []string `json:"fallback,omitempty"` // providers asked for models this one does not list
	Match    []Rule   `json:"match,omitempty"`    // bare model names that belong to this provider; any rule suffices
	Models   []Model  `json:"models"`
}

// Model is one entry of a list.
type Model struct {
	ID       string   `json:"id"`
	Mode     string   `json:"mode,omitempty"`
	MaxInput int      `json:"max_input,omitempty"` // tokens, 0 when unknown
	Names    []string `json:"names,omitempty"`     // lower-case names priced by this entry, beside the lower-case ID
	Match    []Rule   `json:"match,omitempty"`     // further names; any rule suffices
	Prices   []Period `json:"prices"`              // at least one; the last one in force applies, else the first
}

// Rule is a condition on a lower-case model name. All of its non-empty parts must hold.
type Rule struct {
	Equals   string `json:"equals,omitempty"`
	Prefix   string `json:"prefix,omitempty"`
	Suffix   string `json:"suffix,omitempty"`
	Contains string `json:"contains,omitempty"`
	Regex    string `json:"regex,omitempty"`
	Not      string `json:"not,omitempty"` // regular expression that must not match
}

// Period is a set of prices with the time it is in force. A zero condition always holds.
type Period struct {
	From      int64  `json:"from,omitempty"`      // Unix seconds
	DayStart  int    `json:"day_start,omitempty"` // seconds since midnight UTC; a window may cross midnight
	DayEnd    int    `json:"day_end,omitempty"`
	Rates     Rates  `json:"rates"`
	LongAbove int    `json:"long_above,omitempty"` // prompts of more tokens than this are priced by Long
	Long      *Rates `json:"long,omitempty"`
}

// Rates are prices in USD; 0 means the unit has no price of its own.
type Rates struct {
	InputPerToken          float64 `json:"in,omitempty"`
	OutputPerToken         float64 `json:"out,omitempty"`
	CacheReadPerToken      float64 `json:"cache_read,omitempty"`
	CacheWritePerToken     float64 `json:"cache_write,omitempty"`
	CacheWriteHourPerToken float64 `json:"cache_write_1h,omitempty"`
	InputAudioPerToken     float64 `json:"in_audio,omitempty"`
	OutputAudioPerToken    float64 `json:"out_audio,omitempty"`
	InputImagePerToken     float64 `json:"in_image,omitempty"`
	OutputImagePerToken    float64 `json:"out_image,omitempty"`
	PerSecond              float64 `json:"second,omitempty"`
	PerRequest             float64 `json:"request,omitempty"`
}

// Write encodes f to w. The same list always gives the same bytes.
func Write(w io.Writer, f *File) error {
	z, err := gzip.NewWriterLevel(w, gzip.BestCompression)
	if err != nil {
		return fmt.Errorf("compress price list: %w", err)
	}
	if err := json.NewEncoder(z).Encode(f); err != nil {
		return fmt.Errorf("encode price list: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("compress price list: %w", err)
	}
	return nil
}

// Read decodes what Write wrote. It fails on damaged data and on fields it does not know.
func Read(r io.Reader) (*File, error) {
	z, err := gzip.NewReader(r)
	if err != nil {
		return nil, fmt.Errorf("decompress price list: %w", err)
	}
	d := json.NewDecoder(z)
	d.DisallowUnknownFields()
	f := new(File)
	if err := d.Decode(f); err != nil {
		return nil, fmt.Errorf("decode price list: %w", err)
	}
	// The checksum follows the JSON, so it is only verified by reading on.
	if _, err := io.Copy(io.Discard, z); err != nil {
		return nil, fmt.Errorf("decompress price list: %w", err)
	}
	return f, nil
}
