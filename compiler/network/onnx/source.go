package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"

	"edgebench/compiler/network/graph"
)

// Source is an ONNX model on disk: where it is, and what its files held when it
// was first read.
type Source struct {
	Dir   string `json:"dir"`  // absolute; the model's files lie in it or below
	Path  string `json:"path"` // of the model within Dir
	Files []File `json:"files"`
}

// Open reads the model at a path within a folder. Names and links that lead out
// of the folder are refused.
func Open(dir, path string, opt Options) (*Model, Source, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, Source{}, err
	}
	defer root.Close()
	m, err := Read(root.FS(), path, opt)
	if err != nil {
		return nil, Source{}, err
	}
	return m, Source{Dir: dir, Path: path, Files: m.Files}, nil
}

// Digest identifies the content of the model's files, wherever they are.
func (s Source) Digest() string {
	h := sha256.New()
	for _, f := range s.Files {
		fmt.Fprintln(h, f.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Load reads the model again. It is an error if a file changed since.
func (s Source) Load(name string, input graph.Shape) (*Model, error) {
	m, now, err := Open(s.Dir, s.Path, Options{Name: name, Input: input})
	if err != nil {
		return nil, fmt.Errorf("in %s: %w. It could be read when the plan was compiled: bring the file back, or compile the plan again", s.Dir, err)
	}
	if now.Digest() != s.Digest() {
		return nil, fmt.Errorf("in %s: %s changed since the plan was compiled: compile the plan again, or bring the file back", s.Dir, s.changed(now))
	}
	return m, nil
}

// changed names the first file that is not as it was.
func (s Source) changed(now Source) string {
	for i, f := range now.Files {
		if i >= len(s.Files) || f != s.Files[i] {
			return f.Name
		}
	}
	return s.Path
}
