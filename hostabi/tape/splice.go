package tape

import "errors"

// OpKind says where a piece of a new document comes from.
type OpKind uint8

// Splice operations. They only grow.
const (
	OpLit      OpKind = iota // bytes of the guest, as they are
	OpRaw                    // a range of a document, as it is
	OpUnquote                // a range of a document that is the inside of a JSON string, decoded
	OpQuote                  // a range of a document, encoded as the inside of a JSON string
	OpLitQuote               // bytes of the guest, encoded as the inside of a JSON string
)

// Op is one piece of a new document. Its size (12 bytes) and field order are ABI.
type Op struct {
	Kind OpKind
	_    uint8
	Doc  uint16 // which document, for OpRaw, OpUnquote and OpQuote
	Off  uint32 // into the document, or into the literal bytes that come with the list
	Len  uint32
}

// OpSize is the size of an Op in bytes.
const OpSize = 12

// Errors of Splice.
var (
	ErrSpliceRange = errors.New("splice: range outside its source")
	ErrSpliceKind  = errors.New("splice: unknown operation")
	ErrSpliceSize  = errors.New("splice: result too large")
)

// Splice appends what the operations describe. lit holds the guest's bytes, source returns a document's bytes or nil.
// Every range is checked, and the result may have at most limit bytes.
func Splice(dst []byte, ops []Op, lit []byte, source func(doc uint16) []byte, limit int) ([]byte, error) {
	start := len(dst)
	for i := range ops {
		op := &ops[i]
		from := lit
		if op.Kind != OpLit && op.Kind != OpLitQuote {
			from = source(op.Doc)
		}
		end := uint64(op.Off) + uint64(op.Len)
		if end > uint64(len(from)) {
			return dst[:start], ErrSpliceRange
		}
		piece := from[op.Off:end]
		if op.Kind != OpUnquote && len(dst)-start+len(piece) > limit {
			return dst[:start], ErrSpliceSize
		}
		switch op.Kind {
		case OpLit, OpRaw:
			dst = append(dst, piece...)
		case OpUnquote:
			dst = AppendUnquoted(dst, piece)
		case OpQuote, OpLitQuote:
			dst = AppendQuoted(dst, piece)
		default:
			return dst[:start], ErrSpliceKind
		}
		if len(dst)-start > limit {
			return dst[:start], ErrSpliceSize
		}
	}
	return dst, nil
}
