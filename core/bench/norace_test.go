//go:build !race

package main

// racing is true when races are looked for.
const racing = false
