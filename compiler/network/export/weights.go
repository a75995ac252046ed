package export

import (
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
	return &lowered{files: []file{safetensorsFile(g, layout)}}, nil
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

// owner is a tensor's node and role.
// safetensorsExt ends the name of a file with weights.
const safetensorsExt = "safetensors"

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
