// Package provider drives provider plugins: it finds the vendor of a model, and carries one exchange through the
// vendor's guest to the upstream and back.
package provider
