//go:build wasip1

package sdk

import "unsafe"

// scratch takes short texts: a guest handles one event at a time.
var scratch [maxShort]byte

// short returns up to maxShort bytes of the source. They are valid until the next call.
func (d *Document) short(off, n uint32) []byte {
	if d.doc.Src != nil {
		return d.doc.Src[off : off+n]
	}
	if importBytes(d.ctx, d.id, off, n, unsafe.Pointer(&scratch)) < 0 {
		return nil
	}
	return scratch[:n]
}
