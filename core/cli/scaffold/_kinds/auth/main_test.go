package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

// TestCases runs the cases folder natively and in wasm. What they can't say is tested in Go.
func TestCases(t *testing.T) { sdktest.Cases(t, ".") }
