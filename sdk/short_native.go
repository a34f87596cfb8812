//go:build !wasip1

package sdk

func (d *Document) short(off, n uint32) []byte { return d.doc.Src[off : off+n] }
