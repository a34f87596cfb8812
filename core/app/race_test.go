//go:build race

package app_test

// swapsUnderLoad is how often TestSwapsUnderLoad swaps a plugin; each takes ten times as long when races are looked for.
const swapsUnderLoad = 60

// guardSwapsUnderLoad is how often TestGuardSwapsUnderLoad does.
const guardSwapsUnderLoad = 25
