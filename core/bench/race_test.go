//go:build race

package main

// racing is true when races are looked for. The benchmarks that the program runs are built without that.
const racing = true
