//go:build !cgo

package load

// linkedWithC is nothing: Go's own threads have small stacks.
func linkedWithC() uint64 { return 0 }
