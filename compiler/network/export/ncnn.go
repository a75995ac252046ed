package export

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// ncnnMagic begins a file of layers in ncnn's text form.
const ncnnMagic = 7767517

// ncnnModel builds one ncnn model: layers that name the blobs they read and
// write. A blob is named for the node whose value it is.
type ncnnModel struct {
	fold
	layers []ncnnLayer
	blob   []string // of each node's value
}

// ncnnLayer is a line of the text form.
type ncnnLayer struct {
	kind    string
	in      []string
	out     []string
	params  []ncnnParam
	weights []ncnnWeights
}

// ncnnParam is a layer's attribute by its number; floats where it is one.
type ncnnParam struct {
	id    int
	value any // int, float64, []int or []float64
}

// ncnnWeights are values of the binary file.
type ncnnWeights struct {
	tagged bool // with the word before them that says that they are float32
	values func(w *weights.Set) []float32
}

// lowerNCNN writes a convolution or fully connected layer with the batch norm
// and the activation behind it as one layer, as ncnn's own tools do before a
// model is used: ncnn fuses nothing when it loads one.
func lowerNCNN(g *graph.Graph) (*lowered, error) {
	m := &ncnnModel{fold: newFold(g), blob: make([]string, len(g.Nodes))}
	m.blob[0] = "input"
	m.layers = []ncnnLayer{{kind: "Input", out: []string{"input"}, params: ncnnShape(g.Input())}}
	for _, n := range g.Nodes[1:] {
		if m.fused[n.ID] {
			continue
		}
		if err := m.lower(n); err != nil {
			return nil, err
		}
	}
	outputs := make([]string, len(g.Outputs))
	for i, id := range g.Outputs {
		outputs[i] = m.blob[id]
	}
	outputs = m.split(outputs)
	return &lowered{outputs: outputs, files: []file{{"param", m.writeLayers}, {"bin", m.writeWeights}}}, nil
}

// ncnnShape is a shape as Input and Reshape have it: from the innermost
// dimension outwards, with the depth under a number of its own.
func ncnnShape(s graph.Shape) []ncnnParam {
	switch len(s) {
	case 1:
		return []ncnnParam{{0, s[0]}}
	case 2:
		return []ncnnParam{{0, s[1]}, {1, s[0]}}
	case 3:
		return []ncnnParam{{0, s[2]}, {1, s[1]}, {2, s[0]}}
	}
	return []ncnnParam{{0, s[3]}, {1, s[2]}, {11, s[1]}, {2, s[0]}}
}

// layer adds a layer that computes a node's value.
func (m *ncnnModel) layer(n *graph.Node, kind string, in []string, params ...ncnnParam) *ncnnLayer {
	m.blob[n.ID] = "blob" + strconv.Itoa(n.ID)
	return m.add(kind, in, m.blob[n.ID], params...)
}

// before adds a layer whose value only the layers of this node read.
func (m *ncnnModel) before(n *graph.Node, what, kind, in string, params ...ncnnParam) string {
	out := fmt.Sprintf("blob%d.%s", n.ID, what)
	m.add(kind, []string{in}, out, params...)
	return out
}

func (m *ncnnModel) add(kind string, in []string, out string, params ...ncnnParam) *ncnnLayer {
	m.layers = append(m.layers, ncnnLayer{kind: kind, in: in, out: []string{out}, params: params})
	return &m.layers[len(m.layers)-1]
}

func (m *ncnnModel) refuse(n *graph.Node, reason string) error { return unsupported(NCNN, n, reason) }

// split gives each reader of a blob one of its own: ncnn's blobs have one
// reader. It returns the names of the outputs, which count as readers.
func (m *ncnnModel) split(outputs []string) []string {
	uses := map[string]int{}
	for _, l := range m.layers {
		for _, in := range l.in {
			uses[in]++
		}
	}
	for _, out := range outputs {
		uses[out]++
	}
	taken := map[string]int{}
	take := func(blob string) string {
		if uses[blob] < 2 {
			return blob
		}
		taken[blob]++
		return fmt.Sprintf("%s.%d", blob, taken[blob])
	}
	var layers []ncnnLayer
	for _, l := range m.layers {
		in := make([]string, len(l.in))
		for i, blob := range l.in {
			in[i] = take(blob)
		}
		l.in = in
		layers = append(layers, l)
		out := l.out[0]
		if uses[out] < 2 {
			continue
		}
		s := ncnnLayer{kind: "Split", in: []string{out}}
		for i := range uses[out] {
			s.out = append(s.out, fmt.Sprintf("%s.%d", out, i+1))
		}
		layers = append(layers, s)
	}
	m.layers = layers
	named := make([]string, len(outputs))
	for i, out := range outputs {
		named[i] = take(out)
	}
	return named
}

func (m *ncnnModel) writeLayers(to io.Writer, _ *weights.Set) error {
	blobs := 0
	for _, l := range m.layers {
		blobs += len(l.out)
	}
	if _, err := fmt.Fprintf(to, "%d\n%d %d\n", ncnnMagic, len(m.layers), blobs); err != nil {
		return err
	}
	for i, l := range m.layers {
		words := []string{l.kind, fmt.Sprintf("layer%d", i), strconv.Itoa(len(l.in)), strconv.Itoa(len(l.out))}
		words = slices.Concat(words, l.in, l.out)
		for _, p := range l.params {
			words = append(words, p.String())
		}
		if _, err := fmt.Fprintln(to, strings.Join(words, " ")); err != nil {
			return err
		}
	}
	return nil
}

// String is NUMBER=VALUE. A list has a number of its own, and its length first;
// what has no point or exponent is read as an integer.
func (p ncnnParam) String() string {
	const list = -23300
	float := func(v float64) string { return strconv.FormatFloat(v, 'e', 8, 32) }
	var words []string
	switch v := p.value.(type) {
	case int:
		return fmt.Sprintf("%d=%d", p.id, v)
	case float64:
		return fmt.Sprintf("%d=%s", p.id, float(v))
	case []int:
		for _, x := range v {
			words = append(words, strconv.Itoa(x))
		}
	case []float64:
		for _, x := range v {
			words = append(words, float(x))
		}
	}
	return fmt.Sprintf("%d=%d,%s", list-p.id, len(words), strings.Join(words, ","))
}

// writeWeights writes the values of all layers in their order, little-endian.
func (m *ncnnModel) writeWeights(to io.Writer, w *weights.Set) error {
	for _, l := range m.layers {
		for _, part := range l.weights {
			if part.tagged {
				if _, err := to.Write([]byte{0, 0, 0, 0}); err != nil {
					return err
				}
			}
			if err := safetensors.WriteFloats(to, part.values(w)); err != nil {
				return err
			}
		}
	}
	return nil
}
