package estimate

import (
	"math"

	"gonum.org/v1/gonum/optimize"
)

// Roofline is a platform and framework as an estimate sees them. The numbers
// are those that fit published times best, not what the hardware's maker states:
// what a framework leaves unused is in them.
type Roofline struct {
	FLOPPerSecond  float64 `json:"flop_per_second"`
	BytesPerSecond float64 `json:"bytes_per_second"`
	LayerSeconds   float64 `json:"layer_seconds"`     // on top of each layer
	FixedSeconds   float64 `json:"inference_seconds"` // on top of each inference
}

// Seconds is how long one inference of a network takes.
func (r Roofline) Seconds(n *Network) float64 {
	seconds := r.FixedSeconds
	for _, l := range n.Layers {
		seconds += l.Count * (max(l.FLOP/r.FLOPPerSecond, l.Bytes/r.BytesPerSecond) + r.LayerSeconds)
	}
	return seconds
}

// Observation is a published time of a network.
type Observation struct {
	Model   string
	Network *Network
	Seconds float64
}

// shape is a roofline without its speed: everything in FLOP of its peak, as
// natural logarithms, so that what they stand for is positive.
type shape struct{ ridge, layer, fixed float64 }

// A fit of few models needs to be told what rooflines look like: most of the
// shapes are within a few spreads of the usual one. One set serves all platforms
// and frameworks. The speed is free.
//
// Note: these numbers were chosen for the error of models left out, over all
// platforms together; half and twice their values change it little. Priors drawn
// from the other platforms' fits, an exponent on a layer's time, and factors for
// 3x3 and for depthwise convolutions did no better.
var (
	usual = shape{
		ridge: math.Log(15),  // FLOP that take as long as a byte
		layer: math.Log(1e8), // FLOP that take as long as a layer's overhead
		fixed: math.Log(1e9), // FLOP that take as long as an inference's
	}
	spread = shape{ridge: 2, layer: 2, fixed: 4}
)

const (
	// bend is the error, as a natural logarithm, from which on it weighs in
	// proportion instead of squared: published times have outliers.
	bend = 0.3
	// noise is the variance of errors that the usual shape is weighed against.
	noise = 0.1
)

// at is the shape some spreads away from the usual one.
func at(z []float64) shape {
	return shape{
		ridge: usual.ridge + spread.ridge*z[0],
		layer: usual.layer + spread.layer*z[1],
		fixed: usual.fixed + spread.fixed*z[2],
	}
}

// roofline is the shape at a speed.
func (s shape) roofline(flopPerSecond float64) Roofline {
	return Roofline{
		FLOPPerSecond:  flopPerSecond,
		BytesPerSecond: flopPerSecond / math.Exp(s.ridge),
		LayerSeconds:   math.Exp(s.layer) / flopPerSecond,
		FixedSeconds:   math.Exp(s.fixed) / flopPerSecond,
	}
}

// starts of the search. Several, since the longer of two times makes the loss
// uneven.
var starts = [][]float64{{0, 0, 0}, {-2, -2, -2}, {2, 2, 2}}

// Fit finds the roofline that comes closest to some published times, in the
// logarithm of time.
func Fit(observations []Observation) Roofline {
	fitted, _ := fit(observations, starts)
	return fitted
}

// fit is Fit from some starts, and where the search ended.
func fit(observations []Observation, starts [][]float64) (Roofline, []float64) {
	loss := func(z []float64) float64 {
		_, total := misfit(observations, at(z))
		for _, v := range z {
			total += noise * v * v
		}
		return total
	}
	best := minimum(loss, starts)
	speed, _ := misfit(observations, at(best))
	return at(best).roofline(math.Exp(speed)), best
}

// misfit is the logarithm of the speed at which a shape comes closest to some
// published times, and the loss that is left.
func misfit(observations []Observation, s shape) (speed, loss float64) {
	unit := s.roofline(1)
	off := make([]float64, len(observations))
	for i, o := range observations {
		off[i] = math.Log(unit.Seconds(o.Network)) - math.Log(o.Seconds)
	}
	return location(off)
}

// location is the value that some others lie closest around, and the loss that
// is left.
func location(values []float64) (center, loss float64) {
	for _, v := range values {
		center += v / float64(len(values))
	}
	const steps = 50 // it takes about 10
	for range steps {
		var sum, weights float64
		for _, v := range values {
			w := 1 / bent((v-center)/bend)
			sum += w * v
			weights += w
		}
		moved := sum/weights - center
		center += moved
		if math.Abs(moved) < 1e-10 {
			break
		}
	}
	for _, v := range values {
		loss += 2 * bend * bend * (bent((v-center)/bend) - 1)
	}
	return center, loss
}

// bent grows as 1 + x²/2 near zero, and as x far from it.
func bent(x float64) float64 { return math.Sqrt(1 + x*x) }

// minimum searches downhill from several points, without derivatives.
func minimum(f func([]float64) float64, starts [][]float64) []float64 {
	var best *optimize.Result
	for _, start := range starts {
		settings := &optimize.Settings{
			FuncEvaluations: 2000,
			Converger:       &optimize.FunctionConverge{Absolute: 1e-9, Iterations: 40},
		}
		found, err := optimize.Minimize(optimize.Problem{Func: f}, start, settings, &optimize.NelderMead{SimplexSize: 1})
		if err != nil {
			panic(err) // the problem is of a wrong form, whatever the data
		}
		if best == nil || found.F < best.F {
			best = found
		}
	}
	return best.X
}
