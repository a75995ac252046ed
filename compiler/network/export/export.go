package export

import (
	"fmt"
	"io"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// Format is a file format of models.
type Format string

// The formats.
const (
	ONNX        Format = "onnx"        // M.onnx, with its weights in it, or in M.safetensors where they pass 2 GiB
	Safetensors Format = "safetensors" // M.safetensors with the weights, and M.json with the layers
	Darknet     Format = "darknet"     // M.cfg and M.weights
	Caffe       Format = "caffe"       // M.prototxt and M.caffemodel
	TFLite      Format = "tflite"      // M.tflite, of TensorFlow Lite and LiteRT
	NCNN        Format = "ncnn"        // M.param with the layers and M.bin with the weights
)

// Formats lists all formats.
func Formats() []Format { return []Format{ONNX, Safetensors, Darknet, Caffe, TFLite, NCNN} }

// Result is what Write wrote.
type Result struct {
	Format Format `json:"format"`
	Files  []File `json:"files"`
	// Outputs names the graph's outputs in the file, in the graph's order. It
	// is empty for Safetensors; Darknet has no names, and its one output is all
	// of them one after another.
	Outputs []string `json:"outputs,omitempty"`
	// Notes say where the file computes the same in another way.
	Notes []string `json:"notes,omitempty"`
}

// File is one file that was written.
type File struct {
	Path  string `json:"path"`
	Bytes int64  `json:"bytes"`
}

// UnsupportedError says that a format cannot express a layer.
type UnsupportedError struct {
	Format Format
	Layer  string
	Op     string
	Reason string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("layer %q (%s) cannot be written as %s: %s", e.Layer, e.Op, e.Format, e.Reason)
}

// lowered is a graph in a format's own terms. The weights are read only when
// the files are written.
type lowered struct {
	files   []file
	outputs []string
	notes   []string
}

// file is one file of a format.
type file struct {
	ext   string // ending of the file's name
	write func(out io.Writer, w *weights.Set) error
}

// lower turns a graph into a format's files, which are named for the model.
func lower(g *graph.Graph, name string, f Format, half bool) (*lowered, error) {
	seen := map[int]bool{}
	for _, id := range g.Outputs {
		if seen[id] {
			return nil, fmt.Errorf("layer %q is an output twice: name it once in `outputs`", g.Nodes[id].Name)
		}
		seen[id] = true
	}
	switch f {
	case ONNX:
		return lowerONNX(g, name, maxEmbedded)
	case Safetensors:
		return lowerSafetensors(g)
	case Darknet:
		return lowerDarknet(g)
	case Caffe:
		return lowerCaffe(g)
	case TFLite:
		return lowerTFLite(g, half)
	case NCNN:
		return lowerNCNN(g)
	}
	return nil, fmt.Errorf("no format is named %q: choose one of %v", f, Formats())
}

// Check reports whether a format can express a graph: an *UnsupportedError says
// which layer it cannot. The notes are those of Result.
func Check(g *graph.Graph, f Format) (notes []string, err error) {
	l, err := lower(g, Anonymous, f, false)
	if err != nil {
		return nil, err
	}
	return l.notes, nil
}

// Anonymous names the files of a model whose name does not matter.
const Anonymous = "model"

// Write writes a graph with its weights into a folder, which it makes if
// needed, as files named "model". Those that are there are replaced.
func Write(dir string, g *graph.Graph, w *weights.Set, f Format) (*Result, error) {
	return Destination{Dir: dir, Name: Anonymous, Replace: true}.Write(g, w, f)
}

// Destination says where an export goes.
type Destination struct {
	Dir     string // made if needed
	Name    string // of the files, without their endings
	Replace bool   // files of the same names, once the new ones are complete
	// Half asks for parameters of 16-bit floats, where the format can have them for
	// runtimes that take them so: TFLite. The others are as they are without it.
	Half bool
}

// Write writes a graph with its weights. Without Replace a file of the same
// name is an error that is fs.ErrExist, and nothing is written.
func (d Destination) Write(g *graph.Graph, w *weights.Set, f Format) (*Result, error) {
	if err := complete(g, w); err != nil {
		return nil, err
	}
	l, err := lower(g, d.Name, f, d.Half)
	if err != nil {
		return nil, err
	}
	files, err := save(d, l.files, w)
	if err != nil {
		return nil, err
	}
	return &Result{Format: f, Files: files, Outputs: l.outputs, Notes: l.notes}, nil
}

// complete checks that the weights have the graph's parameters.
func complete(g *graph.Graph, w *weights.Set) error {
	for _, n := range g.Nodes[1:] {
		for _, p := range g.Params(n) {
			if got := len(w.Get(n.ID, p.Role)); int64(got) != p.Elements() {
				return fmt.Errorf("layer %q needs %d values of %s, and the weights hold %d", n.Name, p.Elements(), p.Role, got)
			}
		}
	}
	return nil
}

// readers lists for each node the nodes that read it, once for each reading.
func readers(g *graph.Graph) [][]*graph.Node {
	list := make([][]*graph.Node, len(g.Nodes))
	for _, n := range g.Nodes {
		for _, in := range n.Inputs {
			list[in] = append(list[in], n)
		}
	}
	return list
}

// isOutput reports whether a node is one of the graph's outputs.
func isOutput(g *graph.Graph, id int) bool {
	for _, out := range g.Outputs {
		if out == id {
			return true
		}
	}
	return false
}
