// Package result is what the executor finds out about a job, as it stands in
// the run directory and as the report reads it.
package result

import (
	"edgebench/compiler/plan"
	"edgebench/executor/measure"
)

// Result is the outcome of one job: a measurement, or a published value.
type Result struct {
	Measurement *Measurement      `json:"measurement,omitempty"`
	Published   *plan.Observation `json:"published,omitempty"`
	// Lost says of a failed job that its process ended unasked: it crashed, or
	// was killed.
	Lost bool `json:"lost,omitempty"`
	// NoDevice says of a skipped job that its device is not on this machine.
	NoDevice bool `json:"no_device,omitempty"`
}

// Measurement is one job's measured inference.
type Measurement struct {
	Software  Software        `json:"software"`
	Placement Placement       `json:"placement,omitzero"`
	Check     Check           `json:"check"`   // of the outputs, the worst of all processes
	Summary   measure.Summary `json:"summary"` // of the samples
	Process                   // of all processes together
	// Processes are those that the job was measured in, where its policy asks for several.
	Processes []Process `json:"processes,omitempty"`
}

// Software is what ran the inference.
type Software struct {
	Framework string `json:"framework"`
	Version   string `json:"version"`
	Kernels   string `json:"kernels,omitempty"` // set of inner loops that was chosen
	Threads   int    `json:"threads"`
	Precision string `json:"precision,omitempty"` // that it calculates in, as the runner says; empty: it does not say
}

// Interrupted begins the reason of a job that was ended before its time.
const Interrupted = "interrupted"

// WarnUnchecked is the code of the warning of outputs that were not checked.
const WarnUnchecked = "unchecked"

// Check says how outputs were compared. The measured session's outputs are
// compared with a reference, and the reference's layers each with a computation
// of their own. A run whose check fails has no measurement.
type Check struct {
	Reference  string  `json:"reference"` // what the outputs were compared with
	Compared   int     `json:"compared"`  // elements
	Layers     int     `json:"layers"`    // layers
	WorstError float64 `json:"worst_error"`
	WorstLayer string  `json:"worst_layer"`
	Bound      float64 `json:"bound"` // above which the check fails

	// Unchecked says why the outputs were compared with nothing; empty: they were.
	Unchecked string `json:"unchecked,omitempty"`

	OutputError float64 `json:"output_error"` // relative L2 error of the session's worst output against the reference
	OutputBound float64 `json:"output_bound"` // above which the check fails

	// DenseError is, of a session with pruned weights, the relative L2 error of the
	// same outputs against the network with all of its weights: what pruning costs
	// without training. Nothing fails for it. Nil: the weights are not pruned.
	DenseError *float64 `json:"dense_error,omitempty"`
}
