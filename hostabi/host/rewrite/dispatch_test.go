package rewrite

import "testing"

// shape is a function of Go's shape in parts.
type shape struct {
	before, loop, block, table, code, jump, after []byte
}

func goShape() shape {
	return shape{
		before: cat(opBlock, empty, opI32Const, 5, opLocalSet, 1),
		loop:   cat(opLoop, empty),
		block:  cat(opBlock, empty),
		table:  cat(opLocalGet, 0, opBrTable, 1, 0, 1, opEnd),
		code:   cat(opLocalGet, 1, opBrIf, 2),
		jump:   cat(opI32Const, 1, opLocalSet, 0, opBr, 2),
		after:  cat(opI32Const, 1),
	}
}

func (s shape) wasm() []byte {
	var b builder
	b.fn("run", "i:i", "i", s.before, s.loop, s.block, opBlock, empty, s.table, s.code,
		opLocalGet, 1, opIf, empty, s.jump, opEnd, opEnd, opI32Const, 0, opReturn, opEnd, opUnreachable, opEnd, s.after)
	return b.bytes()
}

// TestShape proves that only functions are threaded in which local 0 serves nothing else.
func TestShape(t *testing.T) {
	for name, c := range map[string]struct {
		change func(s *shape)
		want   int // jumps threaded
	}{
		"as it is":              {func(s *shape) {}, 1},
		"read before":           {func(s *shape) { s.before = cat(s.before, opLocalGet, 0, 0x1a) }, 1},
		"branch before":         {func(s *shape) { s.before = cat(s.before, opI32Const, 0, opBrIf, 0) }, 0},
		"call before":           {func(s *shape) { s.before = cat(s.before, opI32Const, 0, opCall, 0, 0x1a) }, 0},
		"loop with a result":    {func(s *shape) { s.loop = cat(opLoop, valueI32); s.after = nil }, 0},
		"block with a result":   {func(s *shape) { s.block = cat(opBlock, valueI32) }, 0},
		"another selector":      {func(s *shape) { s.table[1] = 1 }, 0},
		"table out of the loop": {func(s *shape) { s.table[4] = 3 }, 0},
		"table to the loop":     {func(s *shape) { s.table[4] = 2 }, 0},
		"code behind the table": {func(s *shape) { s.table = cat(s.table[:6], 0x01, opEnd) }, 0},
		"read":                  {func(s *shape) { s.code = cat(opLocalGet, 0, 0x1a) }, 0},
		"written":               {func(s *shape) { s.code = cat(opI32Const, 1, opLocalSet, 0) }, 0},
		"teed":                  {func(s *shape) { s.code = cat(opI32Const, 1, opLocalTee, 0, 0x1a) }, 0},
		"another loop":          {func(s *shape) { s.code = cat(opLoop, empty, opEnd) }, 0},
		"another table":         {func(s *shape) { s.code = cat(opI32Const, 0, opBrTable, 0, 0) }, 0},
		"jump with a variable":  {func(s *shape) { s.jump = cat(opLocalGet, 1, opLocalSet, 0, opBr, 2) }, 0},
		"jump without a number": {func(s *shape) { s.jump = cat(opBr, 2) }, 0},
		"jump on a condition":   {func(s *shape) { s.jump = cat(opI32Const, 1, opLocalSet, 0, opLocalGet, 1, opBrIf, 2) }, 0},
		"jump to another local": {func(s *shape) { s.jump = cat(opI32Const, 1, opLocalSet, 1, opBr, 2) }, 0},
		"number for a leap":     {func(s *shape) { s.jump = cat(opI32Const, 1, opLocalSet, 0, opBr, 1) }, 0},
		"number for a way out":  {func(s *shape) { s.jump = cat(opI32Const, 1, opLocalSet, 0, opBr, 3) }, 0},
		"number for an if":      {func(s *shape) { s.jump = cat(opI32Const, 1, opLocalSet, 0, opBr, 0) }, 0},
		"number out of range":   {func(s *shape) { s.jump = cat(opI32Const, int32(-1), opLocalSet, 0, opBr, 2) }, 1},
		"jump back":             {func(s *shape) { s.jump = cat(opI32Const, 0, opLocalSet, 0, opBr, 2) }, 0},
		"read after":            {func(s *shape) { s.after = cat(opLocalGet, 0) }, 0},
		"another loop after":    {func(s *shape) { s.after = cat(opLoop, empty, opEnd, opI32Const, 1) }, 0},
	} {
		s := goShape()
		c.change(&s)
		if got := mustRewrite(t, s.wasm(), Options{JumpThreading: true}).Stats.Threaded; got != c.want {
			t.Errorf("%s: threaded %d jumps, want %d", name, got, c.want)
		}
	}
}
