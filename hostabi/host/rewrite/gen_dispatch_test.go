package rewrite

// dispatcher makes code of the shape that Go's functions have.
func (g *gen) dispatcher(b *builder) []byte {
	labels := 1 + g.below(8)
	if g.below(4) == 0 {
		labels += 30
	}
	code := cat(opGlobalGet, globalState, opLocalSet, g.local())
	outer := g.below(2)
	for range outer {
		code = append(code, opBlock, emptyBlock)
	}
	code = append(code, opLoop, emptyBlock)
	for range labels {
		code = append(code, opBlock, emptyBlock)
	}
	code = append(code, cat(opLocalGet, 0, opBrTable, labels+2)...)
	for range labels + 3 {
		code = append(code, byte(g.below(labels)))
	}
	code = append(code, opEnd)
	for label := range labels {
		open := labels - label - 1
		code = append(code, g.labelCode(b, labels, open, outer)...)
		if open > 0 {
			code = append(code, opEnd)
		}
	}
	code = append(code, cat(g.value(1), opReturn, opEnd, opUnreachable)...)
	for range outer {
		code = append(code, opEnd)
	}
	if outer == 0 {
		return code
	}
	return append(code, g.value(1)...)
}

// labelCode is the code of a label, inside so many open blocks of labels and the loop.
func (g *gen) labelCode(b *builder, labels, open, outer int) []byte {
	code := g.step()
	g.open = 0
	for range 1 + g.below(3) {
		switch g.below(8) {
		case 0, 1, 2:
			code = append(code, cat(g.value(2), opIf, empty, g.jump(labels, open+1), opEnd)...)
		case 3:
			code = append(code, cat(opBlock, empty, g.value(1), opBrIf, 0, g.jump(labels, open+1), opEnd)...)
		case 4:
			code = append(code, cat(g.value(1), opBrIf, g.leap(open, outer))...)
		case 5:
			code = append(code, g.call(b)...)
		case 6:
			for range g.below(60) {
				code = append(code, cat(g.value(1), opLocalSet, g.local())...)
			}
		default:
			code = append(code, g.statement(b, 0)...)
		}
	}
	if g.below(3) == 0 {
		code = append(code, g.jump(labels, open)...)
	}
	return code
}

// jump goes to the loop at a depth.
func (g *gen) jump(labels, depth int) []byte {
	to := cat(opI32Const, int32(g.below(labels+5)-1))
	if g.below(30) == 0 {
		to = g.value(1) // not Go's shape: it could be any label
	}
	return cat(to, opLocalSet, 0, opBr, depth)
}

// leap is the depth of a label that is still open, or of the block around the loop.
func (g *gen) leap(open, outer int) int {
	depth := g.below(open + outer + 1)
	if depth >= open {
		depth = open + 1
	}
	if depth > open+outer {
		return max(open-1, 0) // for the last label that is the loop: not Go's shape
	}
	return depth
}
