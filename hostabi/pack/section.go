package pack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// Errors of Section.
var (
	ErrNotWasm   = errors.New("not a WebAssembly module")
	ErrNoSection = errors.New("module has no such custom section")
)

const (
	wasmHeader    = "\x00asm\x01\x00\x00\x00"
	customSection = 0
)

// Section returns the content of the first custom section of that name, a view of wasm. It reads the section headers
// up to there and checks nothing else.
func Section(wasm []byte, name string) ([]byte, error) {
	if len(wasm) < len(wasmHeader) || string(wasm[:len(wasmHeader)]) != wasmHeader {
		return nil, ErrNotWasm
	}
	for rest := wasm[len(wasmHeader):]; len(rest) > 0; {
		id := rest[0]
		body, next, ok := sized(rest[1:])
		if !ok {
			return nil, ErrNotWasm
		}
		rest = next
		if id != customSection {
			continue
		}
		title, content, ok := sized(body)
		if !ok {
			return nil, ErrNotWasm
		}
		if string(title) == name {
			return content, nil
		}
	}
	return nil, fmt.Errorf("%w: %s", ErrNoSection, name)
}

// sized splits off what a leading LEB128 length counts.
func sized(b []byte) (body, rest []byte, ok bool) {
	n, used := binary.Uvarint(b)
	if used <= 0 || n > uint64(len(b)-used) {
		return nil, nil, false
	}
	return b[used : used+int(n)], b[used+int(n):], true
}

// withSection returns the module with a custom section at its end.
func withSection(wasm []byte, name string, content []byte) []byte {
	body := binary.AppendUvarint(nil, uint64(len(name)))
	body = append(append(body, name...), content...)
	out := append(slices.Clip(slices.Clone(wasm)), customSection)
	return append(binary.AppendUvarint(out, uint64(len(body))), body...)
}
