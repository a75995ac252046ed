package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"math"
	"path"
	"path/filepath"
	"strconv"

	"edgebench/compiler/network/onnx/onnxpb"
)

// store reads tensors' values, from the model's file or from files beside it.
type store struct {
	files fs.FS
	dir   string // the model's
	open  map[string]*dataFile
	order []string // of the open files
}

// dataFile is a file of external data.
type dataFile struct {
	file fs.File
	at   io.ReaderAt
	size int64
}

func newStore(files fs.FS, dir string) *store {
	return &store{files: files, dir: dir, open: map[string]*dataFile{}}
}

func (s *store) close() {
	for _, f := range s.open {
		f.file.Close()
	}
}

// maxDataFiles bounds the files that are held open; PyTorch writes one for each
// tensor of a large model.
const maxDataFiles = 512

// file opens a file of external data once.
func (s *store) file(location string) (*dataFile, error) {
	if location == "" || !filepath.IsLocal(filepath.FromSlash(location)) {
		return nil, fmt.Errorf("its values are in %q, which leads out of the model's folder: external data must lie beside the model or below", location)
	}
	name := path.Join(s.dir, filepath.ToSlash(location))
	if f, known := s.open[name]; known {
		return f, nil
	}
	if len(s.open) == maxDataFiles {
		return nil, fmt.Errorf("the model's values are in more than %d files: save them in one", maxDataFiles)
	}
	f, err := open(s.files, name)
	if err != nil {
		return nil, fmt.Errorf("external data: %w", err)
	}
	d := &dataFile{file: f}
	info, err := f.Stat()
	at, random := f.(io.ReaderAt)
	if err != nil || !info.Mode().IsRegular() || !random {
		f.Close()
		return nil, fmt.Errorf("external data: %s is not a readable file", name)
	}
	d.at, d.size = at, info.Size()
	s.open[name], s.order = d, append(s.order, name)
	return d, nil
}

// chunk is how many bytes of external data are converted at once: a multiple of
// every element's size.
const chunk = 1 << 20

// external reads a tensor of so many bytes. They are in the file before memory
// is allocated for them.
func (s *store) external(p *onnxpb.TensorProto, t *tensor, kind onnxpb.TensorProto_DataType, bytes int64) error {
	location, offset, length, err := place(p, bytes)
	if err != nil {
		return err
	}
	f, err := s.file(location)
	if err != nil {
		return err
	}
	if length != bytes {
		return fmt.Errorf("its shape %v needs %d bytes of %v, and %d are declared in %s", t.dims, bytes, kind, length, location)
	}
	if offset > f.size || length > f.size-offset {
		return fmt.Errorf("its values are bytes %d to %d of %s, which has %d bytes: the file is too short", offset, offset+length, location, f.size)
	}
	if length > math.MaxInt/4 { // matters where int has 32 bits
		return fmt.Errorf("its shape %v is too large for this machine", t.dims)
	}
	t.reserve(kind, int(bytes)/elementBytes[kind])
	buffer := make([]byte, min(chunk, bytes))
	for end := offset + length; offset < end; offset += int64(len(buffer)) {
		buffer = buffer[:min(int64(len(buffer)), end-offset)]
		if _, err := f.at.ReadAt(buffer, offset); err != nil && err != io.EOF {
			return fmt.Errorf("external data: %w", err)
		}
		t.convert(kind, buffer)
	}
	return nil
}

// reserve allocates room for values of a type.
func (t *tensor) reserve(kind onnxpb.TensorProto_DataType, elements int) {
	switch kind {
	case onnxpb.TensorProto_FLOAT, onnxpb.TensorProto_FLOAT16, onnxpb.TensorProto_BFLOAT16, onnxpb.TensorProto_DOUBLE:
		t.floats = make([]float32, 0, elements)
	default:
		t.ints = make([]int64, 0, elements)
	}
}

// place reads where external values are: a file, an offset and a length, which
// is all that the tensor needs where none is declared.
func place(p *onnxpb.TensorProto, bytes int64) (location string, offset, length int64, err error) {
	length = bytes
	for _, entry := range p.GetExternalData() {
		number := func() (n int64) {
			var parsed uint64
			if parsed, err = strconv.ParseUint(entry.GetValue(), 10, 62); err != nil {
				err = fmt.Errorf("its %s in external data is %q, which is no number of bytes", entry.GetKey(), entry.GetValue())
			}
			return int64(parsed)
		}
		switch entry.GetKey() {
		case "location":
			location = entry.GetValue()
		case "offset":
			offset = number()
		case "length":
			length = number()
		}
		if err != nil {
			return "", 0, 0, err
		}
	}
	return location, offset, length, nil
}

// digests hashes all external files that were read.
func (s *store) digests() ([]File, error) {
	var list []File
	for _, name := range s.order {
		f := s.open[name]
		h := sha256.New()
		n, err := io.Copy(h, io.NewSectionReader(f.at, 0, f.size))
		if err != nil {
			return nil, fmt.Errorf("external data: %w", err)
		}
		list = append(list, File{Name: name, Bytes: n, SHA256: hex.EncodeToString(h.Sum(nil))})
	}
	return list, nil
}
