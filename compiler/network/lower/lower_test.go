package lower

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/spectest"
)

// model reads layers as a spec states them, in JSON, over an input of 4x8x8.
func model(t *testing.T, layers string, outputs ...string) *spec.Model {
	t.Helper()
	m := &spec.Model{Name: "Net", Input: []int{4, 8, 8}, Outputs: outputs}
	if err := json.Unmarshal([]byte(layers), &m.Layers); err != nil {
		t.Fatal(err)
	}
	return m
}

func lowered(t *testing.T, m *spec.Model) (*graph.Graph, error) {
	t.Helper()
	return Model(t.Context(), &spec.Spec{Text: spectest.Paths{}}, m)
}

// outline writes a graph a node a word: name, shape and inputs.
func outline(g *graph.Graph) string {
	var words []string
	for _, n := range g.Nodes[1:] {
		words = append(words, fmt.Sprintf("%s:%v<%v", n.Name, n.Shape, n.Inputs))
	}
	return strings.Join(words, " ")
}

// TestLayers lowers each structure of layers, and pins names, shapes, wiring
// and what a layer states beside its operator.
func TestLayers(t *testing.T) {
	cases := []struct{ name, layers, want string }{
		{"conv with norm and activation", `[{"op":"conv","out":6,"kernel":3,"pad":1,"batch_norm":true,"activation":"relu"}]`,
			"conv1:6x8x8<[0] conv1.bn:6x8x8<[1] conv1.bn.relu:6x8x8<[2]"},
		{"depthwise", `[{"op":"conv","out":"depthwise","kernel":3,"stride":2,"pad":"same","name":"dw"}]`, "dw:4x4x4<[0]"},
		{"pooling windows do not overlap", `[{"op":"maxpool","kernel":2}]`, "maxpool1:4x4x4<[0]"},
		{"repeat", `[{"op":"repeat","times":2,"layers":[{"op":"conv","out":4,"kernel":1,"name":"c"}]}]`, "c:4x8x8<[0] c_2:4x8x8<[1]"},
		{"residual", `[{"op":"residual","layers":[{"op":"conv","out":4,"kernel":1}],"activation":"relu"}]`,
			"conv1:4x8x8<[0] add1:4x8x8<[1 0] add1.relu:4x8x8<[2]"},
		{"residual with a shortcut", `[{"op":"residual","layers":[{"op":"conv","out":6,"kernel":1}],"shortcut":[{"op":"conv","out":6,"kernel":1}]}]`,
			"conv1:6x8x8<[0] conv2:6x8x8<[0] add1:6x8x8<[1 2]"},
		{"branches", `[{"op":"branches","branches":[[{"op":"conv","out":2,"kernel":1}],[{"op":"maxpool","kernel":3,"stride":1,"pad":1}]]}]`,
			"conv1:2x8x8<[0] maxpool1:4x8x8<[0] concat1:6x8x8<[1 2]"},
		{"taps and routes", `[{"op":"conv","out":2,"kernel":1,"as":"a"},{"op":"conv","out":3,"kernel":1,"as":"b"},{"op":"route","from":["a","b"]}]`,
			"conv1:2x8x8<[0] conv2:3x8x8<[1] route1:5x8x8<[1 2]"},
		{"dropout is nothing", `[{"op":"dropout"},{"op":"flatten"},{"op":"fc","out":3}]`, "flatten1:256<[0] fc1:3<[1]"},
		{"sequence", `[{"op":"sequence","layers":[{"op":"globalavgpool"},{"op":"softmax"}]}]`, "globalavgpool1:4x1x1<[0] softmax1:4x1x1<[1]"},
	}
	for _, c := range cases {
		g, err := lowered(t, model(t, c.layers))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
		} else if got := outline(g); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
}

// TestBias: a layer has a bias where no batch norm follows, which would cancel
// it, unless it states otherwise.
func TestBias(t *testing.T) {
	for layer, want := range map[string]bool{
		`{"op":"conv","out":2,"kernel":1}`:                                  true,
		`{"op":"conv","out":2,"kernel":1,"batch_norm":true}`:                false,
		`{"op":"conv","out":2,"kernel":1,"batch_norm":true,"bias":true}`:    true,
		`{"op":"conv","out":2,"kernel":1,"bias":false,"activation":"relu"}`: false,
	} {
		g, err := lowered(t, model(t, "["+layer+"]"))
		if err != nil {
			t.Fatal(err)
		}
		if got := g.Nodes[1].Op.(graph.Conv).Bias; got != want {
			t.Errorf("%s has a bias: %v, want %v", layer, got, want)
		}
	}
}

// TestRefused: what cannot be lowered is told at the layer that is wrong, with
// what to do.
func TestRefused(t *testing.T) {
	cases := []struct{ name, layers, want string }{
		{"unknown tap", `[{"op":"conv","out":2,"kernel":1,"as":"stem"},{"op":"route","from":"sten"}]`,
			`models.Net.layers[1].from: no layer is tapped ` + "`as: \"sten\"`" + ` (did you mean "stem"?)`},
		{"cycle", `[{"op":"route","from":"late"},{"op":"conv","out":2,"kernel":1,"as":"late"}]`,
			`models.Net.layers[0].from: the tap "late" is not computed yet here`},
		{"tap twice", `[{"op":"flatten"},{"op":"softmax","as":"a"},{"op":"softmax","as":"a"}]`,
			`models.Net.layers[2].as: another layer is already tapped`},
		{"tap in a repetition", `[{"op":"repeat","times":2,"layers":[{"op":"lrn","as":"a"}]}]`,
			`models.Net.layers[0].layers[0].as: the tap "a" stands in a repetition`},
		{"window too large", `[{"op":"maxpool","kernel":9}]`, `models.Net.layers[0]: layer "maxpool1" (maxpool) cannot take its input [4x8x8]`},
		{"dimensions", `[{"op":"conv","out":2,"kernel":[3,3,3]}]`, `models.Net.layers[0].kernel: 3 numbers do not fit an input of 2 spatial dimensions`},
		{"dead layer", `[{"op":"conv","out":2,"kernel":1,"as":"a"},{"op":"conv","out":2,"kernel":1},{"op":"lrn","from":"a"}]`,
			`models.Net.layers[1]: layer "conv2" leads to no output`},
		{"two taps at once", `[{"op":"lrn","as":"a"},{"op":"lrn","as":"b"},{"op":"maxpool","kernel":2,"from":["a","b"]}]`,
			`models.Net.layers[2].from: this layer reads one tap, not 2`},
	}
	for _, c := range cases {
		_, err := lowered(t, model(t, c.layers))
		if err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s: got %v\nwant %s", c.name, err, c.want)
		}
	}
}

func TestOutputs(t *testing.T) {
	layers := `[{"op":"conv","out":2,"kernel":1,"as":"a"},{"op":"lrn","as":"b"}]`
	g, err := lowered(t, model(t, layers, "b", "a"))
	if err != nil || fmt.Sprint(g.Outputs) != "[2 1]" {
		t.Errorf("outputs %v (%v), want the nodes of b and a", g, err)
	}
	if _, err := lowered(t, model(t, layers, "c")); err == nil || !strings.HasPrefix(err.Error(), "models.Net.outputs[0]: no layer is tapped") {
		t.Errorf("an unknown output: %v", err)
	}
}
