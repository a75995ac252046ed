package safetensors

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
)

// File is a file of float32 tensors that is open for reading.
type File struct {
	Tensors  []Tensor // in the order of their bytes
	Metadata map[string]string
	r        io.ReaderAt
}

// Open reads and checks a file's header: every tensor is float32, has as many
// bytes as its shape says, and all of them together fill the file without gaps
// or overlaps.
func Open(r io.ReaderAt, size int64) (*File, error) {
	var prefix [prefixBytes]byte
	if _, err := r.ReadAt(prefix[:], 0); err != nil {
		return nil, fmt.Errorf("a safetensors file has at least %d bytes, and this one has %d", prefixBytes, size)
	}
	length := binary.LittleEndian.Uint64(prefix[:])
	if length > maxHeaderBytes || int64(length) > size-prefixBytes {
		return nil, fmt.Errorf("the header's length, %d, does not fit a file of %d bytes", length, size)
	}
	header := make([]byte, length)
	if _, err := r.ReadAt(header, prefixBytes); err != nil {
		return nil, fmt.Errorf("the header cannot be read: %w", err)
	}
	f := &File{r: r}
	if err := f.parse(header); err != nil {
		return nil, err
	}
	return f, f.place(prefixBytes+int64(length), size)
}

func (f *File) parse(header []byte) error {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(header, &fields); err != nil {
		return fmt.Errorf("the header is not JSON: %w", err)
	}
	if meta, ok := fields[metadataKey]; ok {
		delete(fields, metadataKey)
		if err := json.Unmarshal(meta, &f.Metadata); err != nil {
			return fmt.Errorf("%s: %w", metadataKey, err)
		}
	}
	for name, raw := range fields {
		t, err := parseTensor(name, raw)
		if err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		f.Tensors = append(f.Tensors, t)
	}
	slices.SortFunc(f.Tensors, func(a, b Tensor) int {
		return cmp.Or(cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return nil
}

func parseTensor(name string, raw []byte) (Tensor, error) {
	var e entry
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil {
		return Tensor{}, err
	}
	if e.DType != dtype {
		return Tensor{}, fmt.Errorf("the type is %q, and only %s is read", e.DType, dtype)
	}
	count := int64(1)
	for _, d := range e.Shape {
		if d < 0 || d > 0 && count > math.MaxInt64/floatBytes/int64(d) {
			return Tensor{}, fmt.Errorf("the shape %v is out of range", e.Shape)
		}
		count *= int64(d)
	}
	begin, end := e.Offsets[0], e.Offsets[1]
	if begin < 0 || end < begin || end-begin != floatBytes*count {
		return Tensor{}, fmt.Errorf("the bytes %d to %d do not fit the shape %v", begin, end, e.Shape)
	}
	return Tensor{Name: name, Shape: e.Shape, Offset: begin, Bytes: end - begin}, nil
}

// place checks that the tensors follow each other up to the file's end.
func (f *File) place(start, size int64) error {
	next := int64(0)
	for i := range f.Tensors {
		t := &f.Tensors[i]
		if t.Offset != next {
			return fmt.Errorf("tensor %q starts at byte %d, and the one before it ends at %d", t.Name, t.Offset, next)
		}
		if t.Bytes > size-start-next {
			return fmt.Errorf("tensor %q ends behind the file's %d bytes", t.Name, size)
		}
		next += t.Bytes
		t.Offset += start
	}
	if start+next != size {
		return fmt.Errorf("the tensors end at byte %d, and the file has %d", start+next, size)
	}
	return nil
}

// Values reads a tensor.
func (f *File) Values(name string) ([]float32, error) {
	for _, t := range f.Tensors {
		if t.Name == name {
			return ReadFloats(io.NewSectionReader(f.r, t.Offset, t.Bytes), t.Bytes/floatBytes)
		}
	}
	return nil, fmt.Errorf("the file has no tensor %q", name)
}
