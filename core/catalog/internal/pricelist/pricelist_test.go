package pricelist

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"testing"
)

func sample() *File {
	return &File{Source: "test 1", Providers: []Provider{{
		Names:    []string{"maker", "maker_two"},
		Fallback: []string{"other"},
		Match:    []Rule{{Prefix: "m-", Not: "x$"}},
		Models: []Model{{
			ID: "M-1", Mode: "embedding", MaxInput: 8192, Names: []string{"m-one"},
			Prices: []Period{
				{Rates: Rates{InputPerToken: 1.5e-7, PerSecond: 1e-4}},
				{From: 1_700_000_000, LongAbove: 200_000, Long: &Rates{InputPerToken: 3e-7}},
			},
		}},
	}}}
}

func TestReadReturnsWhatWasWritten(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, sample()) {
		t.Errorf("got %+v, want %+v", got, sample())
	}
}

func TestWriteIsDeterministic(t *testing.T) {
	var a, b bytes.Buffer
	if err := Write(&a, sample()); err != nil {
		t.Fatal(err)
	}
	if err := Write(&b, sample()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("two writes of one list differ")
	}
}

func TestReadRejectsBadData(t *testing.T) {
	for name, data := range map[string][]byte{
		"empty":         nil,
		"not gzip":      []byte(`{"source":"x"}`),
		"not JSON":      zipped(t, "prices"),
		"unknown field": zipped(t, `{"source":"x","providers":[{"title":"y"}]}`),
		"cut short":     zipped(t, `{"source":"x","providers":[`),
		"no checksum":   cutTail(zipped(t, `{"source":"x","providers":[]}`), 8),
	} {
		if _, err := Read(bytes.NewReader(data)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func zipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func cutTail(data []byte, n int) []byte { return data[:len(data)-n] }
