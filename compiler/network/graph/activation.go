package graph

import "fmt"

// ActivationFn is an elementwise function.
type ActivationFn string

// The activation functions.
const (
	ReLU        ActivationFn = "relu"        // max(x, 0)
	ReLU6       ActivationFn = "relu6"       // min(max(x, 0), 6), Howard et al. 2017
	LeakyReLU   ActivationFn = "leaky"       // x where x > 0, else slope*x
	Sigmoid     ActivationFn = "sigmoid"     // 1/(1+exp(-x))
	Tanh        ActivationFn = "tanh"        // tanh(x)
	SiLU        ActivationFn = "silu"        // x*sigmoid(x)
	HardSigmoid ActivationFn = "hardsigmoid" // min(max(x/6+0.5, 0), 1)
	HardSwish   ActivationFn = "hardswish"   // x*hardsigmoid(x), Howard et al. 2019
	Clip        ActivationFn = "clip"        // min(max(x, low), high)
)

// opsOf counts the arithmetic operations per element.
var opsOf = map[ActivationFn]int64{
	ReLU: 1, ReLU6: 2, LeakyReLU: 2, Sigmoid: 3, Tanh: 4, SiLU: 4, HardSigmoid: 4, HardSwish: 5,
	Clip: 2,
}

// Activation applies a function to each element.
type Activation struct {
	Fn    ActivationFn `json:"fn"`
	Slope float64      `json:"slope,omitempty"` // leaky only
	// Low and High are clip's bounds. A bound of -math.MaxFloat32 or
	// math.MaxFloat32 bounds nothing.
	Low  float64 `json:"low,omitempty"`
	High float64 `json:"high,omitempty"`
}

var activationOperator = operator[Activation]("activation",
	activationExample(Activation{Fn: ReLU}), activationExample(Activation{Fn: ReLU6}),
	activationExample(Activation{Fn: LeakyReLU, Slope: 0.1}), activationExample(Activation{Fn: Sigmoid}),
	activationExample(Activation{Fn: Tanh}), activationExample(Activation{Fn: SiLU}),
	activationExample(Activation{Fn: HardSigmoid}), activationExample(Activation{Fn: HardSwish}),
	activationExample(Activation{Fn: Clip, Low: -0.5, High: 0.25}),
)

func activationExample(a Activation) Example { return Example{Input: Shape{5, 3, 3}, Op: a} }

// Kind implements Op.
func (Activation) Kind() string { return "activation" }

// Infer implements Op.
func (a Activation) Infer(in []Shape) (Shape, error) {
	if _, known := opsOf[a.Fn]; !known {
		return nil, fmt.Errorf("no activation function is named %q", a.Fn)
	}
	if a.Fn == Clip && !(a.Low <= a.High) {
		return nil, fmt.Errorf("its lower bound %v must not be above its upper bound %v", a.Low, a.High)
	}
	return one(in)
}

// Work implements Op.
func (a Activation) Work(in []Shape, out Shape) Work { return Work{Ops: opsOf[a.Fn] * out.Elements()} }

// Params implements Op.
func (Activation) Params([]Shape) []Param { return nil }
