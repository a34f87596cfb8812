//go:build wasip1

package sdk

// valid reports whether the inside of a string is JSON.
func (d *Document) valid(off, n uint32) bool { return importParse(d.ctx, d.id, off, n) >= 0 }
