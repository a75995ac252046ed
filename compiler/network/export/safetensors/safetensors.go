// Package safetensors reads and writes float32 tensors in the safetensors
// format (https://github.com/huggingface/safetensors): eight bytes with the
// header's length, a header in JSON, and the tensors' bytes without gaps.
//
// A file is written in two steps: NewLayout decides where each tensor stands,
// so that another file can refer to it by offset, and Write streams the values.
package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

const (
	dtype      = "F32"
	floatBytes = 4
	// prefixBytes is the size of the header's length.
	prefixBytes = 8
	// alignment of the first tensor. The format asks for 8; a cache line is 64.
	alignment = 64
	// maxHeaderBytes bounds what Open reads, as the reference implementation
	// does.
	maxHeaderBytes = 100_000_000
	// metadataKey is the one key of the header that is no tensor.
	metadataKey = "__metadata__"
	// chunkFloats are converted to bytes at a time.
	chunkFloats = 1 << 14
)

// Tensor is one tensor's place in a file.
type Tensor struct {
	Name   string
	Shape  []int
	Offset int64 // of its first byte in the file
	Bytes  int64
}

// Layout says where each tensor of a file stands.
type Layout struct {
	header  []byte // with its length and padding
	tensors []Tensor
	index   map[string]int
}

// entry is a tensor's record in the header. Offsets count from the header's
// end.
type entry struct {
	DType   string   `json:"dtype"`
	Shape   []int    `json:"shape"`
	Offsets [2]int64 `json:"data_offsets"`
}

// NewLayout places tensors, of which only names and shapes are read, in the
// order of their names. It is an error if two have one name.
func NewLayout(tensors []Tensor, metadata map[string]string) (*Layout, error) {
	l := &Layout{index: map[string]int{}}
	for _, t := range tensors {
		t.Shape, t.Bytes = slices.Clone(t.Shape), floatBytes*elements(t.Shape)
		l.tensors = append(l.tensors, t)
	}
	slices.SortFunc(l.tensors, func(a, b Tensor) int { return strings.Compare(a.Name, b.Name) })
	for i, t := range l.tensors {
		if _, taken := l.index[t.Name]; taken || t.Name == metadataKey {
			return nil, fmt.Errorf("the tensor name %q is taken: rename the layer", t.Name)
		}
		l.index[t.Name] = i
	}
	l.place(metadata)
	return l, nil
}

// place writes the header and sets all offsets.
func (l *Layout) place(metadata map[string]string) {
	var header bytes.Buffer
	header.Write(make([]byte, prefixBytes))
	separator := byte('{')
	field := func(key string, value any) {
		header.WriteByte(separator)
		separator = ','
		header.Write(mustJSON(key))
		header.WriteByte(':')
		header.Write(mustJSON(value))
	}
	if len(metadata) > 0 {
		field(metadataKey, metadata) // json sorts a map's keys
	}
	var offset int64
	for i := range l.tensors {
		t := &l.tensors[i]
		t.Offset = offset
		offset += t.Bytes
		field(t.Name, entry{dtype, append([]int{}, t.Shape...), [2]int64{t.Offset, offset}})
	}
	if separator == '{' {
		header.WriteByte('{')
	}
	header.WriteByte('}')
	for header.Len()%alignment != 0 {
		header.WriteByte(' ')
	}
	l.header = header.Bytes()
	binary.LittleEndian.PutUint64(l.header, uint64(len(l.header)-prefixBytes))
	for i := range l.tensors {
		l.tensors[i].Offset += int64(len(l.header))
	}
}

func mustJSON(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err) // strings and numbers only
	}
	return data
}

func elements(shape []int) int64 {
	n := int64(1)
	for _, d := range shape {
		n *= int64(d)
	}
	return n
}

// Find returns a tensor's place.
func (l *Layout) Find(name string) (Tensor, bool) {
	i, ok := l.index[name]
	if !ok {
		return Tensor{}, false
	}
	return l.tensors[i], true
}

// Write streams the file. The function values is asked for each tensor once,
// in the file's order.
func (l *Layout) Write(w io.Writer, values func(name string) []float32) error {
	if _, err := w.Write(l.header); err != nil {
		return err
	}
	for _, t := range l.tensors {
		v := values(t.Name)
		if got := floatBytes * int64(len(v)); got != t.Bytes {
			return fmt.Errorf("tensor %q has %d bytes, and its shape %v takes %d", t.Name, got, t.Shape, t.Bytes)
		}
		if err := WriteFloats(w, v); err != nil {
			return err
		}
	}
	return nil
}

// WriteFloats writes little-endian float32 values, a chunk at a time.
func WriteFloats(w io.Writer, values []float32) error {
	buffer := make([]byte, 0, floatBytes*min(len(values), chunkFloats))
	for chunk := range slices.Chunk(values, chunkFloats) {
		buffer = buffer[:0]
		for _, v := range chunk {
			buffer = binary.LittleEndian.AppendUint32(buffer, math.Float32bits(v))
		}
		if _, err := w.Write(buffer); err != nil {
			return err
		}
	}
	return nil
}

// ReadFloats reads n little-endian float32 values.
func ReadFloats(r io.Reader, n int64) ([]float32, error) {
	values := make([]float32, 0, min(n, 1<<20)) // grows with what is really there
	buffer := make([]byte, floatBytes*min(n, chunkFloats))
	for left := n; left > 0; left = n - int64(len(values)) {
		part := buffer[:floatBytes*min(left, chunkFloats)]
		if _, err := io.ReadFull(r, part); err != nil {
			return nil, fmt.Errorf("%d of %d values are missing: %w", left, n, err)
		}
		for ; len(part) > 0; part = part[floatBytes:] {
			values = append(values, math.Float32frombits(binary.LittleEndian.Uint32(part)))
		}
	}
	return values, nil
}
