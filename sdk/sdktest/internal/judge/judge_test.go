package main

import (
	"testing"

	"github.com/sluice-gateway/sluice/sdk/sdktest"
)

func TestCases(t *testing.T) { sdktest.Cases(t, ".") }

func FuzzEdits(f *testing.F) { sdktest.FuzzEdits(f, ".") }
