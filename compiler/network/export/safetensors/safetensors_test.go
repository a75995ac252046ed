package safetensors

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func encode(t testing.TB, values map[string][]float32, shapes map[string][]int, metadata map[string]string) []byte {
	var tensors []Tensor
	for name := range values {
		tensors = append(tensors, Tensor{Name: name, Shape: shapes[name]})
	}
	layout, err := NewLayout(tensors, metadata)
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := layout.Write(&file, func(name string) []float32 { return values[name] }); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func TestRoundTrip(t *testing.T) {
	values := map[string][]float32{"b": {1, -2, 3, 4, 5, 6}, "a.weight": {0.5}, "empty": nil, "ä\"": {7, 8}}
	shapes := map[string][]int{"b": {2, 3}, "a.weight": {}, "empty": {0, 4}, "ä\"": {2}}
	data := encode(t, values, shapes, map[string]string{"model": "M", "format": "x"})
	f, err := Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"model": "M", "format": "x"}, f.Metadata); diff != "" {
		t.Error(diff)
	}
	var names []string
	for _, tensor := range f.Tensors {
		names = append(names, tensor.Name)
		got, err := f.Values(tensor.Name)
		if err != nil {
			t.Fatal(err)
		}
		if want := append([]float32{}, values[tensor.Name]...); cmp.Diff(want, got) != "" || cmp.Diff(shapes[tensor.Name], tensor.Shape) != "" {
			t.Errorf("%s: %v of shape %v", tensor.Name, got, tensor.Shape)
		}
		if tensor.Offset%floatBytes != 0 {
			t.Errorf("%s starts at byte %d", tensor.Name, tensor.Offset)
		}
	}
	if want := []string{"a.weight", "b", "empty", "ä\""}; cmp.Diff(want, names) != "" {
		t.Errorf("the order is %q", names)
	}
	if f.Tensors[0].Offset%alignment != 0 {
		t.Errorf("the first tensor starts at byte %d", f.Tensors[0].Offset)
	}
}

func TestWriteChecksSizes(t *testing.T) {
	layout, err := NewLayout([]Tensor{{Name: "a", Shape: []int{2}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	err = layout.Write(&bytes.Buffer{}, func(string) []float32 { return []float32{1} })
	if err == nil || err.Error() != `tensor "a" has 4 bytes, and its shape [2] takes 8` {
		t.Error(err)
	}
	if _, err := NewLayout([]Tensor{{Name: "a"}, {Name: "a"}}, nil); err == nil || !strings.Contains(err.Error(), "is taken") {
		t.Errorf("two tensors of one name are reported as %v", err)
	}
}

// file puts a header's length before it and data behind it.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestOpenRefuses(t *testing.T) {
	tensor := func(shape string, begin, end int) string {
		return fmt.Sprintf(`{"dtype":"F32","shape":%s,"data_offsets":[%d,%d]}`, shape, begin, end)
	}
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"nothing", nil, "at least 8 bytes"},
		{"a length beyond the end", file("{}", 0)[:9], "does not fit"},
		{"no JSON", file("{", 0), "not JSON"},
		{"another type", file(`{"a":{"dtype":"F16","shape":[1],"data_offsets":[0,2]}}`, 2), `only F32 is read`},
		{"a shape of other size", file(`{"a":`+tensor("[2]", 0, 4)+`}`, 4), "do not fit the shape"},
		{"a negative dimension", file(`{"a":`+tensor("[-1]", 0, 4)+`}`, 4), "out of range"},
		{"a product beyond 64 bits", file(`{"a":`+tensor("[4294967296,4294967296]", 0, 0)+`}`, 0), "out of range"},
		{"a gap", file(`{"a":`+tensor("[1]", 4, 8)+`}`, 8), "starts at byte 4"},
		{"an overlap", file(`{"a":`+tensor("[2]", 0, 8)+`,"b":`+tensor("[1]", 4, 8)+`}`, 8), "starts at byte 4"},
		{"cut off", file(`{"a":`+tensor("[2]", 0, 8)+`}`, 7), "ends behind"},
		{"bytes left over", file(`{"a":`+tensor("[1]", 0, 4)+`}`, 5), "the tensors end"},
	}
	for _, test := range tests {
		_, err := Open(bytes.NewReader(test.data), int64(len(test.data)))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// FuzzOpen checks that whatever Open accepts can be read in full.
func FuzzOpen(f *testing.F) {
	f.Add(encode(f, map[string][]float32{"a": {1, 2}}, map[string][]int{"a": {2}}, nil))
	f.Add(file(`{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}`, 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		opened, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, tensor := range opened.Tensors {
			values, err := opened.Values(tensor.Name)
			if err != nil || int64(len(values))*floatBytes != tensor.Bytes {
				t.Errorf("%q has %d bytes and %d values: %v", tensor.Name, tensor.Bytes, len(values), err)
			}
		}
	})
}
