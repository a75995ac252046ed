package graph

import "fmt"

// FC is a fully connected layer: it reads its input as one vector, in
// channel-first order, and multiplies it by a matrix of [out, in].
type FC struct {
	Out  int  `json:"out"`
	Bias bool `json:"bias"`
}

var fcOperator = operator[FC]("fc",
	Example{Input: Shape{12}, Op: FC{Out: 7, Bias: true}},
	Example{Input: Shape{3, 4, 4}, Op: FC{Out: 5}},
)

// Kind implements Op.
func (FC) Kind() string { return "fc" }

// Infer implements Op.
func (f FC) Infer(in []Shape) (Shape, error) {
	if _, err := one(in); err != nil {
		return nil, err
	}
	if f.Out < 1 {
		return nil, fmt.Errorf("out must be at least 1")
	}
	return Shape{f.Out}, nil
}

// Work implements Op.
func (f FC) Work(in []Shape, out Shape) Work {
	w := Work{MACs: int64(f.Out) * in[0].Elements()}
	if f.Bias {
		w.Ops = int64(f.Out)
	}
	return w
}

// Params implements Op.
func (f FC) Params(in []Shape) []Param {
	return withBias(Param{Weight, []int{f.Out, int(in[0].Elements())}}, f.Out, f.Bias)
}
