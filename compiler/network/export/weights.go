package export

import (
	"encoding/json"
	"io"

	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// tensorName is a parameter's name in files that name tensors, such as
// conv1.weight. Roles have no dot in them, so that names stay apart.
func tensorName(n *graph.Node, r graph.Role) string { return n.Name + "." + string(r) }

func lowerSafetensors(g *graph.Graph) (*lowered, error) {
	layout, err := layoutOf(g)
	if err != nil {
		return nil, err
	}
	return &lowered{files: []file{safetensorsFile(g, layout), {"json", func(out io.Writer, _ *weights.Set) error {
		return writeLayers(out, g)
	}}}}, nil
}

// layers is a graph for programs that build their own network of it: its file
// form, with the shape of each node, channels first and without the batch.
type layers struct {
	Name    string      `json:"name"`
	Input   graph.Shape `json:"input"`
	Nodes   []layer     `json:"nodes"` // from 1: node 0 is the input
	Outputs []int       `json:"outputs"`
}

type layer struct {
	Name   string      `json:"name"` // its parameters are NAME.ROLE in the safetensors file
	Op     string      `json:"op"`
	Attr   graph.Op    `json:"attr"`
	Inputs []int       `json:"inputs"`
	Shape  graph.Shape `json:"shape"`
}

func writeLayers(out io.Writer, g *graph.Graph) error {
	l := layers{Name: g.Name, Input: g.Input(), Outputs: g.Outputs}
	for _, n := range g.Nodes[1:] {
		l.Nodes = append(l.Nodes, layer{n.Name, n.Op.Kind(), n.Op, n.Inputs, n.Shape})
	}
	e := json.NewEncoder(out)
	e.SetIndent("", " ")
	return e.Encode(l)
}

// layoutOf places all parameters of a graph.
func layoutOf(g *graph.Graph) (*safetensors.Layout, error) {
	var tensors []safetensors.Tensor
	for _, n := range g.Nodes[1:] {
		for _, p := range g.Params(n) {
			tensors = append(tensors, safetensors.Tensor{Name: tensorName(n, p.Role), Shape: p.Shape})
		}
	}
	return safetensors.NewLayout(tensors, map[string]string{"model": g.Name, "graph": g.Digest()})
}

// safetensorsExt ends the name of a file with weights.
const safetensorsExt = "safetensors"

// owner is a tensor's node and role.
type owner struct {
	node int
	role graph.Role
}

func safetensorsFile(g *graph.Graph, layout *safetensors.Layout) file {
	owners := map[string]owner{}
	for _, n := range g.Nodes[1:] {
		for _, p := range g.Params(n) {
			owners[tensorName(n, p.Role)] = owner{n.ID, p.Role}
		}
	}
	return file{safetensorsExt, func(out io.Writer, w *weights.Set) error {
		return layout.Write(out, func(name string) []float32 {
			o := owners[name]
			return w.Get(o.node, o.role)
		})
	}}
}
