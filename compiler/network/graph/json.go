package graph

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
)

// graphJSON and nodeJSON are the file form of a graph, as it stands in a plan.
type graphJSON struct {
	Name    string     `json:"name"`
	Input   Shape      `json:"input"`
	Nodes   []nodeJSON `json:"nodes"` // without the input, which is node 0
	Outputs []int      `json:"outputs"`
}

type nodeJSON struct {
	Name   string          `json:"name"`
	Op     string          `json:"op"`
	Attr   json.RawMessage `json:"attr"`
	Inputs []int           `json:"inputs"`
}

// MarshalJSON writes the graph without shapes and costs, which follow from it.
func (g *Graph) MarshalJSON() ([]byte, error) {
	file := graphJSON{Name: g.Name, Input: g.Input(), Outputs: g.Outputs}
	for _, n := range g.Nodes[1:] {
		attr, err := json.Marshal(n.Op)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", n.Name, err)
		}
		file.Nodes = append(file.Nodes, nodeJSON{n.Name, n.Op.Kind(), attr, n.Inputs})
	}
	return json.Marshal(file)
}

// UnmarshalJSON reads what MarshalJSON wrote and infers all shapes anew, so
// that a file that was changed by hand is checked like a spec.
func (g *Graph) UnmarshalJSON(data []byte) error {
	var file graphJSON
	if err := json.Unmarshal(data, &file); err != nil {
		return err
	}
	built, err := New(file.Name, file.Input)
	if err != nil {
		return err
	}
	for _, n := range file.Nodes {
		operator, known := operatorOf(n.Op)
		if !known {
			return fmt.Errorf("layer %q: no operator is named %q", n.Name, n.Op)
		}
		op, err := operator.decode(n.Attr)
		if err != nil {
			return fmt.Errorf("layer %q: %w", n.Name, err)
		}
		if _, err := built.Add(n.Name, op, n.Inputs...); err != nil {
			return err
		}
	}
	for _, id := range file.Outputs {
		if id < 0 || id >= len(built.Nodes) {
			return fmt.Errorf("output %d is not a node", id)
		}
	}
	if err := built.Finish(file.Outputs...); err != nil {
		return err
	}
	*g = *built
	return nil
}

// Digest identifies what the graph computes: operators, attributes and wiring,
// but no names.
func (g *Graph) Digest() string {
	h := sha256.New()
	enc := json.NewEncoder(h)
	encode := func(v any) {
		if err := enc.Encode(v); err != nil {
			panic(fmt.Sprintf("graph %s: %v", g.Name, err)) // attributes are plain numbers and strings
		}
	}
	encode(g.Input())
	for _, n := range g.Nodes[1:] {
		encode([]any{n.Op.Kind(), n.Op, slices.Clone(n.Inputs)})
	}
	encode(g.Outputs)
	return hex.EncodeToString(h.Sum(nil))
}
