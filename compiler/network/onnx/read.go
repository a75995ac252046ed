package onnx

import (
	"fmt"
	"io/fs"
	"path"
	"strings"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/onnx/onnxpb"
	"edgebench/compiler/network/weights"
)

// Opsets of the default domain that are understood.
const (
	minOpset = 9
	maxOpset = 24
)

// Options say what to read a file as.
type Options struct {
	// Name is the graph's name.
	Name string
	// Input is the shape of the input without the batch. It decides dimensions
	// that the file leaves open, and must agree with those that it states. It
	// may be nil where the file states all.
	Input graph.Shape
}

// Model is what a file holds.
type Model struct {
	Graph   *graph.Graph
	Weights *weights.Set
	Opset   int
	// Files are the model's own and those of its external data, in the order in
	// which they were met.
	Files []File
}

// File is a file that was read.
type File struct {
	Name   string `json:"name"` // relative to the folder that Read was given
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // of the content, hexadecimal
}

// Read reads the ONNX file of a name. External data is looked up in the file's
// own folder and below, through the same file system, which should refuse links
// that lead out of it, as os.Root does. The error names the node, its operator
// and the opset.
func Read(files fs.FS, name string, opt Options) (*Model, error) {
	m, err := read(files, name, opt)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, withoutName(err, name))
	}
	return m, nil
}

// withoutName avoids naming a file twice.
func withoutName(err error, name string) error {
	if text, ok := strings.CutPrefix(err.Error(), name+" "); ok {
		return fmt.Errorf("this file %s", text)
	}
	return err
}

func read(files fs.FS, name string, opt Options) (*Model, error) {
	parsed, file, err := parse(files, name)
	if err != nil {
		return nil, err
	}
	opset, err := opsetOf(parsed)
	if err != nil {
		return nil, err
	}
	im := &importer{
		opset: opset,
		data:  newStore(files, path.Dir(path.Clean(name))),
		value: map[string]value{},
		names: map[string]int{},
	}
	defer im.data.close()
	outputs, err := im.run(parsed.GetGraph(), opt.Input)
	if err != nil {
		return nil, err
	}
	outputs = rewrite(outputs)
	g, w, err := emit(opt.Name, im.input, outputs)
	if err != nil {
		return nil, err
	}
	external, err := im.data.digests()
	if err != nil {
		return nil, err
	}
	return &Model{Graph: g, Weights: w, Opset: opset, Files: append([]File{file}, external...)}, nil
}

// opsetOf is the version of the default domain's operators.
func opsetOf(m *onnxpb.ModelProto) (int, error) {
	for _, set := range m.GetOpsetImport() {
		if !defaultDomain(set.GetDomain()) {
			continue
		}
		if v := set.GetVersion(); v < minOpset || v > maxOpset {
			return 0, fmt.Errorf("its operators are of opset %d, and %d to %d are understood: export it with another opset, such as 17", v, minOpset, maxOpset)
		}
		return int(set.GetVersion()), nil
	}
	return 0, fmt.Errorf("it states no opset of the ONNX operators: export it anew")
}

func defaultDomain(name string) bool { return name == "" || name == "ai.onnx" }
