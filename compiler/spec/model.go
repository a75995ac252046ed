package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Model is a neural network as a spec states it.
type Model struct {
	Name           string          `json:"name"`
	Task           string          `json:"task"`
	Reference      string          `json:"reference"`
	Input          []int           `json:"input"`
	Claimed        *Claimed        `json:"claimed,omitempty"`
	Implementation *Implementation `json:"implementation,omitempty"`
	Layers         []Layer         `json:"layers,omitempty"`
	Source         string          `json:"source,omitempty"` // an ONNX file, instead of layers
	Outputs        []string        `json:"outputs,omitempty"`
	Notes          []string        `json:"notes,omitempty"`
}

// Claimed is what a source prints of a model.
type Claimed struct {
	FLOPGiga          float64 `json:"flop_giga"`
	ParametersMillion float64 `json:"parameters_million"`
	FLOPPerParameter  float64 `json:"flop_per_parameter,omitempty"`
	Input             string  `json:"input,omitempty"` // size as the source prints it
	Source            string  `json:"source"`
	Tolerance         float64 `json:"tolerance"`
	Explanation       string  `json:"explanation,omitempty"`
}

// Implementation is a named implementation with its exact parameter count.
type Implementation struct {
	Parameters int64  `json:"parameters"`
	Source     string `json:"source"`
}

// Layer is one layer, or a structure of layers; Op says which fields count.
type Layer struct {
	Op   string `json:"op"`
	Name string `json:"name,omitempty"`
	As   string `json:"as,omitempty"`
	From Taps   `json:"from,omitempty"`

	Out        Channels `json:"out,omitzero"`
	Kernel     Dims     `json:"kernel,omitempty"`
	Stride     Dims     `json:"stride,omitempty"`
	Pad        Padding  `json:"pad,omitzero"`
	Dilation   Dims     `json:"dilation,omitempty"`
	Groups     int      `json:"groups,omitempty"`
	Bias       *bool    `json:"bias,omitempty"`
	BatchNorm  bool     `json:"batch_norm,omitempty"`
	Epsilon    float64  `json:"epsilon,omitempty"`
	Activation string   `json:"activation,omitempty"`
	Slope      float64  `json:"slope,omitempty"`
	Ceil       bool     `json:"ceil,omitempty"`
	ExcludePad bool     `json:"exclude_pad,omitempty"`
	Scale      int      `json:"scale,omitempty"`

	Size  int     `json:"size,omitempty"`
	Alpha float64 `json:"alpha,omitempty"`
	Beta  float64 `json:"beta,omitempty"`
	K     float64 `json:"k,omitempty"`

	Times    int       `json:"times,omitempty"`
	Layers   []Layer   `json:"layers,omitempty"`
	Shortcut []Layer   `json:"shortcut,omitempty"`
	Branches [][]Layer `json:"branches,omitempty"`
}

// Taps names the outputs that a layer reads: one name or a list.
type Taps []string

// UnmarshalJSON implements json.Unmarshaler.
func (t *Taps) UnmarshalJSON(data []byte) error {
	return oneOrMany(data, (*[]string)(t))
}

// Dims is one number for every spatial dimension, or one for each.
type Dims []int

// UnmarshalJSON implements json.Unmarshaler.
func (d *Dims) UnmarshalJSON(data []byte) error {
	return oneOrMany(data, (*[]int)(d))
}

func oneOrMany[T any](data []byte, list *[]T) error {
	if bytes.HasPrefix(data, []byte("[")) {
		return json.Unmarshal(data, list)
	}
	var single T
	if err := json.Unmarshal(data, &single); err != nil {
		return err
	}
	*list = []T{single}
	return nil
}

// Channels is a number of output channels, or Depthwise: as many as the input
// has, one filter each.
type Channels struct {
	Count     int
	Depthwise bool
}

// UnmarshalJSON implements json.Unmarshaler.
func (c *Channels) UnmarshalJSON(data []byte) error {
	if string(data) == `"depthwise"` {
		c.Depthwise = true
		return nil
	}
	return json.Unmarshal(data, &c.Count)
}

// MarshalJSON implements json.Marshaler.
func (c Channels) MarshalJSON() ([]byte, error) {
	if c.Depthwise {
		return []byte(`"depthwise"`), nil
	}
	return json.Marshal(c.Count)
}

// Padding is zeros around the spatial dimensions: Same is TensorFlow's rule,
// else Sides has [begin, end] for every dimension, or one entry for all.
type Padding struct {
	Same  bool
	Sides [][2]int
}

// UnmarshalJSON implements json.Unmarshaler.
func (p *Padding) UnmarshalJSON(data []byte) error {
	if string(data) == `"same"` {
		p.Same = true
		return nil
	}
	var sides Dims
	if err := json.Unmarshal(data, &sides); err == nil {
		for _, n := range sides {
			p.Sides = append(p.Sides, [2]int{n, n})
		}
		return nil
	}
	if err := json.Unmarshal(data, &p.Sides); err != nil {
		return fmt.Errorf("pad: %w", err)
	}
	return nil
}

// MarshalJSON implements json.Marshaler.
func (p Padding) MarshalJSON() ([]byte, error) {
	if p.Same {
		return []byte(`"same"`), nil
	}
	return json.Marshal(p.Sides)
}
