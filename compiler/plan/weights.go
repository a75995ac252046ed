package plan

import (
	"fmt"

	"edgebench/compiler/network/weights"
)

// Weights gives the model its weights: those of its source, which must be as it
// was when the plan was compiled, or else drawn from a seed. The model must have
// a graph.
func (m *Model) Weights(seed uint64) (*weights.Set, error) {
	if m.Source == nil {
		return weights.Seeded(m.Graph, seed), nil
	}
	read, err := m.Source.Load(m.Name, m.Input)
	if err != nil {
		return nil, err
	}
	if read.Graph.Digest() != m.Graph.Digest() {
		return nil, fmt.Errorf("%s is read as another network than when the plan was compiled: compile it again with this version of edgebench", m.Source.Path)
	}
	return read.Weights, nil
}
