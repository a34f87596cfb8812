//go:build !race

package app_test

// swapsUnderLoad is how often TestSwapsUnderLoad swaps a plugin.
const swapsUnderLoad = 200
