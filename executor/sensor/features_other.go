//go:build !amd64 && !arm64 && !arm

package sensor

func features() []string { return nil }
