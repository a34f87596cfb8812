package ledger

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/sluice-gateway/sluice/core"
)

// A spool file is a row of records: length and CRC-32C of the payload, 4 bytes each, then the payload, JSON.

const recordHead = 8

// maxRecord bounds a record: more than a call with its prompt and answer may have.
const maxRecord = 512 << 20

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// entry is a record's payload: what goes into the spend log as it will stand there, and who pays.
type entry struct {
	Call     core.Spend    `json:"call"`
	Charges  []core.Charge `json:"charges"`
	Unlogged bool          `json:"unlogged"`
}

// appendRecord appends a call's record.
func appendRecord(b []byte, call *core.Spend) ([]byte, error) {
	start := len(b)
	b = append(b, make([]byte, recordHead)...)
	b = append(b, `{"call":`...)
	b, err := appendCall(b, call)
	if err != nil {
		return b[:start], err
	}
	b = append(b, `,"charges":`...)
	b = appendCharges(b, call.Charges)
	if call.Unlogged {
		b = append(b, `,"unlogged":true`...)
	}
	b = append(b, '}')
	payload := b[start+recordHead:]
	if len(payload) > maxRecord {
		return b[:start], fmt.Errorf("a call's record of %d bytes is larger than the %d that one may have", len(payload), maxRecord)
	}
	binary.LittleEndian.PutUint32(b[start:], uint32(len(payload)))
	binary.LittleEndian.PutUint32(b[start+4:], crc32.Checksum(payload, castagnoli))
	return b, nil
}

// errTorn means that a file ends within a record: its writer was killed. What came before is whole.
var errTorn = errors.New("the last record is torn")

// readRecords reads a spool file's records. Those that this program can't read are bad, and keep no other from being
// read. With errTorn, what came before the torn one is returned.
func readRecords(file []byte) (calls []core.Spend, bad [][]byte, err error) {
	for len(file) > 0 {
		if len(file) < recordHead {
			return calls, bad, errTorn
		}
		n, sum := binary.LittleEndian.Uint32(file), binary.LittleEndian.Uint32(file[4:])
		if n > maxRecord || int(n) > len(file)-recordHead {
			return calls, bad, errTorn
		}
		payload := file[recordHead : recordHead+n]
		if crc32.Checksum(payload, castagnoli) != sum {
			return calls, bad, errTorn
		}
		var e entry
		if json.Unmarshal(payload, &e) != nil {
			bad = append(bad, file[:recordHead+n])
		} else {
			e.Call.Charges, e.Call.Unlogged = e.Charges, e.Unlogged
			calls = append(calls, e.Call)
		}
		file = file[recordHead+n:]
	}
	return calls, bad, nil
}

// short turns a write that did less than it should into an error.
func short(n, want int, err error) error {
	if err == nil && n < want {
		return io.ErrShortWrite
	}
	return err
}
