//go:build !amd64 && !arm64

package kernel

// native returns no kernels: this architecture has only the portable ones.
func native() []*Set { return nil }
