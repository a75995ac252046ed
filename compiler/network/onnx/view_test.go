package onnx

import (
	"fmt"
	"strings"
	"testing"

	"edgebench/compiler/network/graph"
)

// TestViews reshapes and transposes an activation of 6 channels and 2x3 pixels
// step by step, and asks which operator the result takes.
func TestViews(t *testing.T) {
	reshape := func(sizes ...int) func(*view) (*view, error) {
		return func(v *view) (*view, error) { return v.reshape(sizes) }
	}
	transpose := func(order ...int) func(*view) (*view, error) {
		return func(v *view) (*view, error) { return v.transpose(order), nil }
	}
	cases := []struct {
		name  string
		steps []func(*view) (*view, error)
		want  string // operator, or part of the error
	}{
		{"nothing", nil, "<nil>"},
		{"there and back", []func(*view) (*view, error){reshape(1, 36), reshape(6, 6), reshape(1, 6, 2, 3)}, "<nil>"},
		{"turned twice", []func(*view) (*view, error){transpose(0, 2, 3, 1), transpose(0, 3, 1, 2)}, "<nil>"},
		{"vector", []func(*view) (*view, error){reshape(1, 2, 18), reshape(1, 36)}, "graph.Flatten{}"},
		{"other shape", []func(*view) (*view, error){reshape(1, 4, 9)}, "graph.Reshape{Shape:graph.Shape{4, 9}}"},
		{"shuffle of 2 groups", []func(*view) (*view, error){reshape(1, 2, 3, 2, 3), transpose(0, 2, 1, 3, 4), reshape(1, 6, 2, 3)}, "graph.ChannelShuffle{Groups:2}"},
		{"shuffle of 3 groups, without the batch", []func(*view) (*view, error){reshape(3, 2, 6), transpose(1, 0, 2), reshape(1, 6, 2, 3)}, "graph.ChannelShuffle{Groups:3}"},
		{"shuffle that is undone", []func(*view) (*view, error){
			reshape(1, 2, 3, 2, 3), transpose(0, 2, 1, 3, 4), reshape(1, 6, 2, 3), reshape(1, 3, 2, 6), transpose(0, 2, 1, 3), reshape(1, 6, 2, 3),
		}, "<nil>"},
		{"shuffle of pixels", []func(*view) (*view, error){reshape(1, 6, 2, 3), transpose(0, 1, 3, 2), reshape(1, 6, 2, 3)}, "it divides dimensions that were transposed"},
		{"channels last", []func(*view) (*view, error){transpose(0, 2, 3, 1)}, "its input of shape [1 2 3 6] was transposed"},
		{"no batch", []func(*view) (*view, error){reshape(6, 6)}, "the first dimension must be a batch of 1"},
		{"division across a transpose", []func(*view) (*view, error){transpose(0, 2, 3, 1), reshape(1, 4, 9)}, "cannot reshape [1 2 3 6] to [1 4 9]"},
		{"too few elements", []func(*view) (*view, error){reshape(1, 35)}, "cannot reshape [1 6 2 3] to [1 35]"},
		{"too many elements", []func(*view) (*view, error){reshape(1, 72)}, "cannot reshape [1 6 2 3] to [1 72]"},
	}
	for _, c := range cases {
		got := follow(plain(&draft{shape: graph.Shape{6, 2, 3}}), c.steps)
		if !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func follow(v *view, steps []func(*view) (*view, error)) string {
	for _, step := range steps {
		next, err := step(v)
		if err != nil {
			return err.Error()
		}
		v = next
	}
	op, err := v.operator()
	if err != nil {
		return err.Error()
	}
	return fmt.Sprintf("%#v", op)
}
