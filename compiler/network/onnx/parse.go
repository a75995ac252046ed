package onnx

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"edgebench/compiler/network/onnx/onnxpb"
)

const (
	// maxFile is protobuf's own limit: a larger model must keep its weights in
	// external data.
	maxFile = 1<<31 - 1
	// maxMessages bounds the parsed form, in which a message of 2 bytes takes
	// about 200. The largest published networks have some ten thousand nodes.
	maxMessages = 1 << 20
	// maxDepth is how deep messages may lie in each other.
	maxDepth = 64
)

// parse reads the model's file and returns it with its digest.
func parse(files fs.FS, name string) (*onnxpb.ModelProto, File, error) {
	data, err := readFile(files, name)
	if err != nil {
		return nil, File{}, err
	}
	if err := checkStructure(data); err != nil {
		return nil, File{}, fmt.Errorf("%s is no ONNX model, or damaged: %w", name, err)
	}
	var raw rawData
	model := &onnxpb.ModelProto{}
	if err := proto.Unmarshal(raw.strip(data, pathOfRawData), model); err != nil {
		return nil, File{}, fmt.Errorf("%s is no ONNX model, or damaged: %w", name, err)
	}
	raw.attach(model)
	if model.GetGraph() == nil {
		return nil, File{}, fmt.Errorf("%s is no ONNX model: it holds no graph", name)
	}
	sum := sha256.Sum256(data)
	return model, File{Name: name, Bytes: int64(len(data)), SHA256: hex.EncodeToString(sum[:])}, nil
}

func readFile(files fs.FS, name string) ([]byte, error) {
	f, err := open(files, path.Clean(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	if info.Size() > maxFile {
		return nil, fmt.Errorf("%s has %d bytes, and an ONNX file can have %d: save its weights as external data", name, info.Size(), maxFile)
	}
	data := make([]byte, info.Size())
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return data, nil
}

// open opens a regular file: opening a pipe would wait for its writer. It says
// in its error what is wrong, without the system's name of the call.
func open(files fs.FS, name string) (fs.File, error) {
	info, err := fs.Stat(files, name)
	if err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no regular file", name)
	}
	var f fs.File
	if err == nil {
		f, err = files.Open(name)
	}
	if failed := (*fs.PathError)(nil); errors.As(err, &failed) {
		return nil, fmt.Errorf("%s cannot be opened: %w", name, failed.Err)
	}
	return f, err
}

// rawData is the values of a model's weights, as parts of the file's content.
//
// Note: parsing copies all bytes, and the weights are most of them. Without
// this a model would take three times its size while it is read, not twice.
type rawData [][]byte // nil for a weight without

// pathOfRawData is the field numbers of a model's graph, of a graph's weights
// (initializer), and of a weight's values (raw_data).
var pathOfRawData = []protowire.Number{7, 5, 9}

// strip copies a message whose structure was checked, without the weights' values.
func (r *rawData) strip(data []byte, path []protowire.Number) []byte {
	var out []byte
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		size := protowire.ConsumeFieldValue(number, kind, data[n:])
		field, value := data[:n+size], data[n:n+size]
		data = data[n+size:]
		if number != path[0] || kind != protowire.BytesType {
			out = append(out, field...)
			continue
		}
		inner, _ := protowire.ConsumeBytes(value)
		switch len(path) {
		case 1:
			(*r)[len(*r)-1] = inner
			continue
		case 2:
			*r = append(*r, nil)
		}
		out = protowire.AppendTag(out, number, kind)
		out = protowire.AppendBytes(out, r.strip(inner, path[1:]))
	}
	return out
}

// attach gives the weights their values back, without a copy.
func (r rawData) attach(model *onnxpb.ModelProto) {
	for i, t := range model.GetGraph().GetInitializer() {
		if r[i] != nil {
			t.RawData = r[i]
		}
	}
}

// checkStructure walks through the messages without parsing them, so that a
// small file cannot take a large amount of memory.
func checkStructure(data []byte) error {
	left := maxMessages
	return walk(data, (&onnxpb.ModelProto{}).ProtoReflect().Descriptor(), maxDepth, &left)
}

func walk(data []byte, message protoreflect.MessageDescriptor, depth int, left *int) error {
	if depth == 0 {
		return errors.New("its messages lie too deep in each other")
	}
	for len(data) > 0 {
		number, kind, n := protowire.ConsumeTag(data)
		if n < 0 {
			return protowire.ParseError(n)
		}
		size := protowire.ConsumeFieldValue(number, kind, data[n:])
		if size < 0 {
			return protowire.ParseError(size)
		}
		if kind == protowire.BytesType {
			*left--
		}
		if *left < 0 {
			return fmt.Errorf("it has more than %d parts", maxMessages)
		}
		field := message.Fields().ByNumber(number)
		if kind == protowire.BytesType && field != nil && field.Message() != nil {
			inner, _ := protowire.ConsumeBytes(data[n:])
			if err := walk(inner, field.Message(), depth-1, left); err != nil {
				return err
			}
		}
		data = data[n+size:]
	}
	return nil
}
