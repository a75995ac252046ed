// Package modelfile keeps the files of a plan's models, named by their content,
// so that a plan can be run where its specs are not: beside a plan that was
// written to a file, and in the run directory.
//
//  1. [Folder.Keep] copies a model's files, from the specs or from another
//     folder;
//  2. [Folder.Weights] reads them, and checks that they are the plan's.
package modelfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"edgebench/compiler/network/onnx"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/internal/atomicfile"
	"edgebench/internal/regular"
)

// Folder holds files whose names are the SHA-256 of their content.
type Folder string

// InRun is the folder of a run directory.
func InRun(dir string) Folder { return Folder(filepath.Join(dir, "models")) }

// Beside is the folder that belongs to a plan's file.
func Beside(planFile string) Folder { return Folder(planFile + ".files") }

func (f Folder) path(file plan.File) string { return filepath.Join(string(f), file.SHA256) }

// Keep makes sure that the folder has a model's files. Those that it lacks are
// copied from the spec's folder where the plan was just compiled, else from
// another folder. A copy is streamed, and checked while it is.
func (f Folder) Keep(s *plan.Source, other Folder) error {
	for _, file := range s.Files {
		if f.holds(file) {
			continue
		}
		if err := f.copy(s, file, other); err != nil {
			return err
		}
	}
	return nil
}

// holds reports whether the folder has a file as it should be.
func (f Folder) holds(file plan.File) bool {
	kept, err := regular.Open(f.path(file))
	if err != nil {
		return false
	}
	defer kept.Close()
	return copyExactly(io.Discard, kept, file) == nil
}

func (f Folder) copy(s *plan.Source, file plan.File, other Folder) error {
	from, err := open(s, file, other)
	if err != nil {
		return err
	}
	defer from.Close()
	if err := os.MkdirAll(string(f), 0o777); err != nil {
		return err
	}
	return atomicfile.WriteSynced(f.path(file), func(w io.Writer) error { return copyExactly(w, from, file) })
}

// open opens a file of a model where it can be had.
func open(s *plan.Source, file plan.File, other Folder) (fs.File, error) {
	if s.Dir != "" {
		from, err := openBelow(s.Dir, file.Name)
		if err != nil {
			return nil, fmt.Errorf("%s could be read when the plan was compiled, and now: %w. Bring it back", file, err)
		}
		return from, nil
	}
	from, err := regular.Open(other.path(file))
	if err != nil {
		return nil, fmt.Errorf("the plan's model file %s cannot be read: %w. Bring it back as %s", file, cause(err), other.path(file))
	}
	return from, nil
}

// openBelow opens a regular file of a folder; links that lead out of it are
// refused.
func openBelow(dir, name string) (fs.File, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	info, err := root.Stat(filepath.FromSlash(name))
	if err == nil && !info.Mode().IsRegular() {
		err = errors.New("it is no regular file")
	}
	if err != nil {
		return nil, err
	}
	return root.Open(filepath.FromSlash(name))
}

// copyExactly copies a file's content, or says that it is another.
func copyExactly(w io.Writer, r io.Reader, file plan.File) error {
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(w, h), io.LimitReader(r, file.Bytes+1))
	if err != nil {
		return err
	}
	if n != file.Bytes || hex.EncodeToString(h.Sum(nil)) != file.SHA256 {
		return fmt.Errorf("%s changed since the plan was compiled: compile the plan again, or bring the file back", file)
	}
	return nil
}

// Place copies a model's files into another folder, under the names that they
// have in the spec's, and returns their paths, the model's own first.
func (f Folder) Place(dir string, s *plan.Source) ([]string, error) {
	var paths []string
	for _, file := range s.Files {
		if !filepath.IsLocal(filepath.FromSlash(file.Name)) {
			return nil, fmt.Errorf("%s leads out of its folder: compile the plan again", file)
		}
		path := filepath.Join(dir, filepath.FromSlash(file.Name))
		if err := f.place(path, file); err != nil {
			return nil, err
		}
		paths = append(paths, path)
	}
	return paths, nil
}

func (f Folder) place(path string, file plan.File) error {
	from, err := regular.Open(f.path(file))
	if err != nil {
		return fmt.Errorf("the model's file %s cannot be read: %w. Bring it back as %s", file, cause(err), f.path(file))
	}
	defer from.Close()
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(path, func(w io.Writer) error { return copyExactly(w, from, file) })
}

// Weights gives a model its weights: those of its files in the folder, or else
// drawn from a seed. The model must have a graph.
func (f Folder) Weights(m *plan.Model, seed uint64) (*weights.Set, error) {
	if m.Source == nil {
		return weights.Seeded(m.Graph, seed), nil
	}
	w, err := read(m, kept{f, m.Source})
	if err != nil {
		return nil, fmt.Errorf("in %s: %w", f, err)
	}
	return w, nil
}

// OfSpec is Weights for a plan that this process compiled, from its spec's own
// folder.
func OfSpec(m *plan.Model, seed uint64) (*weights.Set, error) {
	if m.Source == nil {
		return weights.Seeded(m.Graph, seed), nil
	}
	root, err := os.OpenRoot(m.Source.Dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	return read(m, root.FS())
}

func read(m *plan.Model, files fs.FS) (*weights.Set, error) {
	s := m.Source
	found, err := onnx.Read(files, s.Path, onnx.Options{Name: m.Name, Input: m.Input})
	if err != nil {
		return nil, err
	}
	for i, file := range s.Files {
		if i >= len(found.Files) || plan.File(found.Files[i]) != file {
			return nil, fmt.Errorf("%s changed since the plan was compiled: compile the plan again, or bring the file back", file)
		}
	}
	if found.Graph.Digest() != m.Graph.Digest() {
		return nil, fmt.Errorf("%s is read as another network than when the plan was compiled: compile it again with this version of edgebench", s.Path)
	}
	return found.Weights, nil
}

// kept shows a folder's files under the names that a source gives them.
type kept struct {
	folder Folder
	source *plan.Source
}

// Open implements fs.FS.
func (k kept) Open(name string) (fs.File, error) {
	for _, file := range k.source.Files {
		if file.Name != name {
			continue
		}
		f, err := regular.Open(k.folder.path(file))
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: name, Err: fmt.Errorf("%w. Bring the file of SHA-256 %s back as %s", cause(err), file.SHA256, k.folder.path(file))}
		}
		return f, nil
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}

// cause drops the path that *fs.PathError repeats.
func cause(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
