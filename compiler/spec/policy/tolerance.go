package policy

// Tolerance is the largest relative L2 error of an output that is accepted, by the precision that a
// session calculates in. 0 is the default.
type Tolerance struct {
	FP32 float64 `json:"fp32,omitempty"`
	FP16 float64 `json:"fp16,omitempty"`
	BF16 float64 `json:"bf16,omitempty"`
	INT8 float64 `json:"int8,omitempty"`
}

// DefaultTolerance is what the schema has by default, and why.
var DefaultTolerance = Tolerance{FP32: 4e-4, FP16: 1e-2, BF16: 0.1, INT8: 0.1}

// Of is the tolerance of a precision. One of another name is held to that of fp32.
func (t Tolerance) Of(precision string) float64 {
	if own := t.of(precision); own > 0 {
		return own
	}
	return DefaultTolerance.of(precision)
}

func (t Tolerance) of(precision string) float64 {
	switch precision {
	case "fp16":
		return t.FP16
	case "bf16":
		return t.BF16
	case "int8":
		return t.INT8
	}
	return t.FP32
}

func (c *checker) tolerance(t Tolerance) {
	for _, f := range []struct {
		name  string
		value float64
	}{{"fp32", t.FP32}, {"fp16", t.FP16}, {"bf16", t.BF16}, {"int8", t.INT8}} {
		c.require(f.value >= 0 && f.value < 1, "tolerance."+f.name, "is %v: must be above 0 and below 1, such as 4e-4", f.value)
	}
}
