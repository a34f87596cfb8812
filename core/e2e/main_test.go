package e2e

import (
	"flag"
	"os"
	"testing"
)

// TestMain lets more tests wait side by side than there are processors: most of them wait for timeouts and for workers to
// end. Those that measure time don't call t.Parallel and run before.
func TestMain(m *testing.M) {
	flag.Parse()
	if flag.Lookup("test.parallel").Value.String() == flag.Lookup("test.parallel").DefValue {
		flag.Set("test.parallel", "8")
	}
	os.Exit(m.Run())
}
