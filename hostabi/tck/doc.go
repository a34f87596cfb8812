// Package tck is the conformance kit of the plugin contract: it proves a guest, written in any language and with any SDK,
// against the host.
//
// A guest under test implements the conformance program, a guard that does what the text tells it. README.md describes
// the program; testdata has it in C and in AssemblyScript, and the SDK's own in Go. Conform runs it.
package tck
