//go:build !race

package app_test

// swapsUnderLoad is how often TestSwapsUnderLoad swaps a plugin.
const swapsUnderLoad = 200

// guardSwapsUnderLoad is how often TestGuardSwapsUnderLoad does.
const guardSwapsUnderLoad = 200
