package engine

import (
	"errors"
	"fmt"
	"math"
	"sync"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/executor/engine/kernel"
)

// Options say how a program runs.
type Options struct {
	// Threads is the number of goroutines that compute; 0 is 1.
	Threads int
	// Fusion merges batch norms, additions and activations into the layers
	// before them. Without it every layer of the graph runs on its own.
	Fusion bool
	// Kernels names the inner loops: "auto" (or empty), or a set of package
	// kernel such as "portable".
	Kernels string
	// Convolution is the algorithm of the convolutions that there is a choice for.
	Convolution Convolution
	// MaxBytes bounds the memory of the program; 0 is 32 GiB.
	MaxBytes int64

	// keep gives every activation memory of its own, to be looked at after a
	// run.
	keep bool
}

// Convolution is an algorithm of convolutions.
type Convolution int

// The algorithms. Minimal filtering (package kernel) takes a quarter of the multiplications, four times the
// memory for filters, and has larger rounding errors.
const (
	Faster  Convolution = iota // by each layer's size
	Direct                     // by the definition
	Minimal                    // minimal filtering wherever a layer has 3 by 3 taps and steps of 1
)

const (
	defaultMaxBytes = 32 << 30
	// maxThreads is more than any machine here has processors.
	maxThreads = 1024
	// maxArena is how many elements the tables' 32-bit offsets reach.
	maxArena = 1<<31 - 1
	// floatBytes is the size of a float32, and of a table's int32.
	floatBytes = 4
)

// withDefaults fills in what is zero.
func (opt Options) withDefaults() (Options, error) {
	if opt.Threads == 0 {
		opt.Threads = 1
	}
	if opt.Threads < 0 || opt.Threads > maxThreads {
		return opt, fmt.Errorf("threads must be 1 to %d, not %d", maxThreads, opt.Threads)
	}
	if opt.MaxBytes == 0 {
		opt.MaxBytes = defaultMaxBytes
	}
	opt.MaxBytes = min(opt.MaxBytes, math.MaxInt) // matters where int has 32 bits
	return opt, nil
}

// Program is a compiled network. Its methods may be called from any goroutine,
// one at a time; different programs are independent.
type Program struct {
	net     *network
	tensors []tensor
	arena   []float32
	bytes   int64
	kernels string
	team    *team
	outputs [][]float32

	mu     sync.Mutex
	closed bool
}

// Compile makes a program of a graph. The weights must not change as long as
// the program is used. The error says which layer cannot be run, or by how
// much the program exceeds its memory. Where the faster convolutions would, the
// others are taken.
func Compile(g *graph.Graph, w *weights.Set, opt Options) (*Program, error) {
	opt, err := opt.withDefaults()
	if err != nil {
		return nil, err
	}
	p, err := compile(g, w, opt)
	var over *memoryError
	if errors.As(err, &over) && opt.Convolution == Faster {
		opt.Convolution = Direct
		p, err = compile(g, w, opt)
	}
	return p, err
}

// memoryError is a program that needs more than it may have.
type memoryError struct{ need, most int64 }

func (e *memoryError) Error() string {
	return fmt.Sprintf("the program would need %d MB, and %d MB are allowed: choose a smaller model or input", e.need>>20, e.most>>20)
}

func compile(g *graph.Graph, w *weights.Set, opt Options) (*Program, error) {
	if err := check(g, w); err != nil {
		return nil, err
	}
	set, err := kernel.ByName(opt.Kernels)
	if err != nil {
		return nil, err
	}
	net := newNetwork(g, w)
	net.rewrite(opt)
	if err := net.checkSize(); err != nil {
		return nil, err
	}
	p := &Program{net: net, tensors: net.layout(), kernels: set.Name}
	size := net.place(p.tensors, opt.keep)
	b := &builder{network: net, tensors: p.tensors, kernels: set, threads: opt.Threads, convolve: opt.Convolution}
	steps, err := b.steps()
	if err != nil {
		return nil, err
	}
	if p.bytes, err = memory(size, steps, opt); err != nil {
		return nil, err
	}
	p.prepare(size, steps)
	p.team = newTeam(opt.Threads, steps)
	return p, nil
}

// memory adds up what the program will allocate.
func memory(arena int, steps []operation, opt Options) (int64, error) {
	total := times(floatBytes, plus(int64(arena), times(int64(opt.Threads), int64(scratchElements(steps)))))
	most := opt.MaxBytes
	for _, op := range steps {
		total = plus(total, op.bytes())
		if op.tasks() > maxTasks {
			return 0, fmt.Errorf("a layer has %d parts: the native engine cannot run a network this large", op.tasks())
		}
	}
	if total > most {
		return 0, &memoryError{total, most}
	}
	if arena > maxArena || len(steps) >= 1<<stepBits {
		return 0, tooLarge(int64(arena))
	}
	return total, nil
}

func tooLarge(elements int64) error {
	return fmt.Errorf("the activations have %d elements, and the native engine can address %d: choose a smaller input",
		elements, maxArena)
}

func (p *Program) prepare(size int, steps []operation) {
	p.arena = make([]float32, size)
	for _, op := range steps {
		op.prepare(p.arena)
	}
	for _, id := range p.net.g.Outputs {
		p.outputs = append(p.outputs, make([]float32, p.net.shapes[id].Elements()))
	}
}

// SetInput stores the input, in channel-first order, in the engine's own
// layout. It stays until the next call: Run may be called several times.
func (p *Program) SetInput(nchw []float32) error {
	t := p.tensors[0]
	if int64(len(nchw)) != t.shape.Elements() {
		return fmt.Errorf("the input has %d elements, and the network takes %v", len(nchw), t.shape)
	}
	to := t.in(p.arena)
	for c := range t.channels() {
		for i, x := range nchw[c*t.pixels:][:t.pixels] {
			to[i*t.stride+c] = x
		}
	}
	return nil
}

// Run computes the outputs from the input once. It allocates nothing. The only
// error is that the program is closed.
func (p *Program) Run() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return fmt.Errorf("the program is closed: compile it again")
	}
	p.team.run()
	return nil
}

// Output returns the graph's i-th output of the last run, in channel-first
// order. The slice is overwritten by the next call for the same output.
func (p *Program) Output(i int) []float32 {
	return p.read(p.net.g.Outputs[i], p.outputs[i])
}

// read copies a value to channel-first order.
func (p *Program) read(value int, to []float32) []float32 {
	t := p.tensors[value]
	from := t.in(p.arena)
	for c := range t.channels() {
		for i := range t.pixels {
			to[c*t.pixels+i] = from[i*t.stride+c]
		}
	}
	return to
}

// MemoryBytes is what the program allocates: activations, its own copies of
// weights, and tables. Weights of fully connected layers are used where they
// are and not counted.
func (p *Program) MemoryBytes() int64 { return p.bytes }

// Kernels names the set of kernels that runs.
func (p *Program) Kernels() string { return p.kernels }

// Operations is the number of operations that a run executes.
func (p *Program) Operations() int { return len(p.team.steps) }

// Close ends the program's goroutines. Outputs can still be read.
func (p *Program) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		p.team.close()
	}
}

// builder makes operations of layers.
type builder struct {
	*network
	tensors []tensor
	kernels *kernel.Set
	threads int
	// convolve is the algorithm where there is a choice.
	convolve Convolution
}

func (b *builder) steps() ([]operation, error) {
	var list []operation
	for _, l := range b.layers {
		op, err := b.operation(l)
		if err != nil {
			return nil, fmt.Errorf("layer %q (%s): %w", l.head().Name, l.head().Op.Kind(), err)
		}
		list = append(list, op)
	}
	return list, nil
}

func (b *builder) operation(l *layer) (operation, error) {
	in, out := b.tensors[l.inputs[0]], b.tensors[l.out()]
	switch op := l.head().Op.(type) {
	case graph.Conv:
		return b.convolution(l, op)
	case graph.FC:
		return b.fullyConnected(l), nil
	case graph.BatchNorm, graph.Affine, graph.ChannelAffine:
		return b.scaleAndShift(l), nil
	case graph.Activation:
		return b.activation(l), nil
	case graph.Add:
		return b.addition(l), nil
	case graph.Mul:
		return b.multiplication(l), nil
	case graph.Pool:
		return b.pooling(op, in, out)
	case graph.GlobalAvgPool:
		return b.globalAverage(in, out), nil
	case graph.LRN:
		return &lrn{op: op, in: in, out: out, parts: b.rows(out)}, nil
	case graph.Softmax:
		return &softmax{in: in, out: out}, nil
	case graph.Concat:
		return b.concat(l), nil
	case graph.Flatten:
		return &flatten{in: in, out: out, parts: parts(int64(out.elements()), 1<<15, b.threads, in.channels())}, nil
	case graph.Reshape:
		return &reshape{in: in, out: out, parts: parts(int64(out.elements()), 1<<15, b.threads, out.channels())}, nil
	case graph.ZeroPad:
		return &zeroPad{op: op, in: in, out: out, parts: b.rows(out)}, nil
	case graph.SliceChannels:
		return &slice{begin: op.Begin, in: in, out: out, parts: b.rows(out)}, nil
	case graph.ChannelShuffle:
		return &shuffle{op: op, in: in, out: out, parts: b.rows(out)}, nil
	case graph.Upsample:
		return &upsample{scale: op.Scale, in: in, out: out, parts: b.rows(out)}, nil
	}
	return nil, fmt.Errorf("the native engine has no such operator")
}

// rows is into how many tasks to divide a tensor by pixels.
func (b *builder) rows(t tensor) int {
	return parts(int64(t.elements()), 1<<14, b.threads, t.pixels)
}
