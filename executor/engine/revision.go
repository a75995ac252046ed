package engine

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"io/fs"
	"strings"
	"sync"
)

// The engine's own sources, of which Revision is the digest.
//
//go:embed *.go kernel
var sources embed.FS

// Revision identifies the engine's code: a digest of its sources, without their
// tests. It changes with every change of the engine, whether or not that was
// committed, and only with those, so that results of the same engine can be
// told from results of another.
var Revision = sync.OnceValue(func() string {
	h := sha256.New()
	err := fs.WalkDir(sources, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasSuffix(name, "_test.go") {
			return err
		}
		data, err := sources.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(data), data)
		return err
	})
	if err != nil {
		panic(err) // embedded files can be read
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
})
