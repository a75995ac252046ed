// Package protocol has the messages between EdgeBench and a runner, the process
// in which a framework infers. docs/runner-protocol.md explains them, with an
// example session.
//
// Each message is one line of JSON. EdgeBench asks, one request at a time, and
// the runner answers each with a reply of the same id.
package protocol

import "encoding/json"

// Version is the protocol's. A runner of another one is refused.
const Version = 1

// MaxLine bounds a line, its end included: a batch of MaxBatch inferences
// takes a twentieth of it.
const MaxLine = 64 << 20

// MaxBatch is the largest N of a run.
const MaxBatch = 100_000

// PipesVariable is the environment's name of where a runner reads requests and
// writes replies: two numbers of file descriptors, "3,4", or "stdio".
const PipesVariable = "EDGEBENCH_RUNNER_PIPES"

// Stdio is PipesVariable's value where a process inherits no other pipes.
const Stdio = "stdio"

// Op is what a request asks for.
type Op string

// The operations, in the order of a session. Warm-up is a run like any other:
// which inferences count is for EdgeBench to say.
const (
	OpHello     Op = "hello"
	OpLoad      Op = "load"
	OpRun       Op = "run"
	OpOutput    Op = "output"
	OpReference Op = "reference" // only the native runner has it
	OpProfile   Op = "profile"   // reserved
	OpClose     Op = "close"
)

// Request is a line from EdgeBench.
type Request struct {
	ID     int64           `json:"id"`
	Op     Op              `json:"op"`
	Params json.RawMessage `json:"params,omitempty"`
}

// Reply is a line from the runner. Error says why there is no result. A line
// with Progress comes before the reply, where that takes long.
type Reply struct {
	ID       int64           `json:"id"`
	Result   json.RawMessage `json:"result,omitempty"`
	Error    string          `json:"error,omitempty"`
	Progress string          `json:"progress,omitempty"` // what the operation is at
}

// HelloParams begin a session.
type HelloParams struct {
	Protocol int               `json:"protocol"`
	Options  map[string]string `json:"options,omitempty"` // of the framework's spec, for this runner alone
}

// Hello is what a runner is.
type Hello struct {
	Protocol  int      `json:"protocol"`
	Framework string   `json:"framework"`
	Version   string   `json:"version"`
	Revision  string   `json:"revision,omitempty"` // where the version alone does not identify the code
	Devices   []string `json:"devices"`            // kinds of them that it sees here; the first is where it runs unasked
	// DeviceNames are what devices are called by their makers, by kind, and
	// MissingDevices why a kind that the runner knows is not among Devices.
	DeviceNames    map[string]string `json:"device_names,omitempty"`
	MissingDevices map[string]string `json:"missing_devices,omitempty"`
	Optimizations  []string          `json:"optimizations"` // that this installation offers
	Precisions     []string          `json:"precisions"`
	Formats        []string          `json:"formats,omitempty"` // of models that this installation reads, where versions differ in it
	// Unavailable says why it can run nothing here, such as on a device that is not
	// connected, and what to do; empty where it can.
	Unavailable string `json:"unavailable,omitempty"`
}

// LoadParams are a model and how to run it.
type LoadParams struct {
	Model         Model             `json:"model"`
	Input         Input             `json:"input"`
	Device        string            `json:"device,omitempty"` // empty is the first of hello
	Threads       int               `json:"threads"`
	Precision     string            `json:"precision,omitempty"`
	Optimizations []string          `json:"optimizations"`
	Options       map[string]string `json:"options,omitempty"`   // of the framework's spec, for this runner alone
	MaxBytes      int64             `json:"max_bytes,omitempty"` // of memory; 0 is no bound
}

// Model is what to load: files, or for the native runner the plan's model.
type Model struct {
	Name    string   `json:"name"`
	Format  string   `json:"format,omitempty"`
	Files   []string `json:"files,omitempty"`
	Outputs []string `json:"outputs,omitempty"` // their names in the files, in the order of replies
	// Elements is the size of each output, for formats that have one output
	// with all of them in it.
	Elements []int64 `json:"elements,omitempty"`
	// Plan is the plan's model, whose weights are of its files in Folder or else
	// drawn from Seed, pruned to Sparsity.
	Plan     json.RawMessage `json:"plan,omitempty"`
	Folder   string          `json:"folder,omitempty"`
	Seed     uint64          `json:"seed,omitempty"`
	Sparsity float64         `json:"sparsity,omitempty"`
}

// Input is where the input is: in a file of little-endian float32, or drawn
// from the model's seed where File is empty.
type Input struct {
	File  string `json:"file,omitempty"`
	Name  string `json:"name,omitempty"` // in the model's file, where it is not one that EdgeBench wrote
	Shape []int  `json:"shape"`          // with the batch of 1 before it
}

// Loaded is a model that can infer, with its input in place.
type Loaded struct {
	LoadNS      int64       `json:"load_ns"`                // from the files to a session that can infer
	MemoryBytes int64       `json:"memory_bytes,omitempty"` // that the framework says it allocated; 0: it does not say
	Kernels     string      `json:"kernels,omitempty"`
	Threads     int         `json:"threads"`
	Precision   string      `json:"precision,omitempty"` // actually used
	Placement   []Placement `json:"placement,omitempty"`
	// Transfers says what a timed inference copies between the host and the
	// device; empty: it does not say.
	Transfers string `json:"transfers,omitempty"`
}

// Placement is how much of a network runs where. Nodes are those of the
// framework's own graph.
type Placement struct {
	Device string `json:"device"`       // as hello names it
	By     string `json:"by,omitempty"` // provider, delegate or set of kernels
	Nodes  int    `json:"nodes"`
}

// RunParams ask for N inferences, one after another.
type RunParams struct {
	N int `json:"n"`
}

// Batch is the inferences of one run. Times are of the runner's monotonic
// clock; there is one of each kind an inference.
type Batch struct {
	StartNS    []int64 `json:"start_ns"`
	DurationNS []int64 `json:"duration_ns"`
	Usage      *Usage  `json:"usage,omitempty"` // nil where the runner cannot tell
}

// Usage is what the runner's process used from the first inference's start to
// the last one's end.
type Usage struct {
	CPUNS               int64 `json:"cpu_ns"` // user and system, of all threads
	InvoluntarySwitches int64 `json:"involuntary_switches"`
	MajorFaults         int64 `json:"major_faults"`
	MinorFaults         int64 `json:"minor_faults"`
	// Continued is how often the process was continued after a stop (SIGCONT).
	Continued int64 `json:"continued,omitempty"`
}

// OutputParams name the file for the outputs of the last inference.
type OutputParams struct {
	File string `json:"file"`
}

// Output is what was written: little-endian float32, one output after another.
type Output struct {
	Elements []int64 `json:"elements"` // of each output
}

// ReferenceParams ask for outputs to compare others with.
type ReferenceParams struct {
	LoadParams
	File string `json:"file"`
}

// Reference is how those outputs were checked: each layer's, in float64.
type Reference struct {
	Output
	Description string  `json:"description"`
	Compared    int     `json:"compared"` // elements
	Layers      int     `json:"layers"`
	WorstError  float64 `json:"worst_error"`
	WorstLayer  string  `json:"worst_layer"`
	Bound       float64 `json:"bound"`
}
