//go:build !wasip1

package sdk

func (d *Document) valid(off, n uint32) bool { return d.parse(off, n) != nil }
