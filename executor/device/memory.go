package device

import (
	"fmt"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/sensor"
)

// need is the memory that a session takes, or the check of its outputs, which
// keeps all activations.
type need struct {
	weights     int64
	copies      float64 // of the weights, at the peak
	activations int64
	runtime     int64
}

func needOf(f *spec.Framework, m *plan.Model) need {
	const floatBytes = 4
	if m.Opaque != nil { // of its activations nothing is known
		return need{
			weights: floatBytes * m.Opaque.Parameters, copies: max(f.Memory.WeightCopies, 1), runtime: f.Memory.RuntimeBytes,
		}
	}
	cost := m.Graph.Cost()
	return need{
		weights: cost.WeightBytes(), copies: max(f.Memory.WeightCopies, 1),
		activations: floatBytes * cost.ActivationElems, runtime: f.Memory.RuntimeBytes,
	}
}

func (n need) total() float64 {
	return n.copies*float64(n.weights) + float64(n.activations) + float64(n.runtime)
}

// fits is an error where more is needed than is available. What is available
// may be unknown.
func (n need) fits(available sensor.Reading) error {
	if !available.Known() || n.total() <= available.Value {
		return nil
	}
	return fmt.Errorf("it needs %s (weights of %s %g times, activations of %s, %s for the framework itself), and %s are available (%s): choose a smaller model, or free memory, or raise that limit",
		size(n.total()), size(float64(n.weights)), n.copies, size(float64(n.activations)), size(float64(n.runtime)),
		size(available.Value), available.Source)
}

// size prints bytes in the unit in which they have one to three digits.
func size(bytes float64) string {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for ; bytes >= 1000 && i < len(units)-1; i++ {
		bytes /= 1024
	}
	return fmt.Sprintf("%.3g %s", bytes, units[i])
}
