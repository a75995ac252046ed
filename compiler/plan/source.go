package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// Source is a model from files, which are named by their content: where they lie
// is no part of a plan.
type Source struct {
	Path  string `json:"path"` // of the model, in its spec's folder
	Files []File `json:"files"`

	// Dir is the spec's folder where this process compiled it, else empty.
	Dir string `json:"-"`
}

// File is one of a model's files.
type File struct {
	Name   string `json:"name"` // in the spec's folder
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the content, hexadecimal
}

func (f File) String() string {
	return fmt.Sprintf("%s (%d bytes, SHA-256 %.12s)", f.Name, f.Bytes, f.SHA256)
}

// Digest identifies the content of the model's files.
func (s *Source) Digest() string {
	h := sha256.New()
	for _, f := range s.Files {
		fmt.Fprintln(h, f.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}
