package sdk

import "testing"

func TestInt(t *testing.T) {
	for source, want := range map[string]int64{
		`0`: 0, `7`: 7, `-12`: -12, `123456789012345678`: 123456789012345678, `9007199254740993001`: 9007199254740993001,
		`1.9`: 1, `-1.9`: -1, `2e3`: 2000, `"7"`: 0, `null`: 0, `true`: 0, `[7]`: 0,
	} {
		d := Document{}
		if err := d.doc.Scan([]byte(source)); err != nil {
			t.Fatal(err)
		}
		if got := d.Root().Int(); got != want {
			t.Errorf("%s: got %d, want %d", source, got, want)
		}
	}
	if got := (Value{}).Int(); got != 0 {
		t.Errorf("no value: got %d", got)
	}
}
