package engine

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"sync/atomic"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/executor/engine/reference"
)

// ErrorBound is the largest error that Verify accepts: the largest difference
// of a sampled element, relative to the root mean square of the layer's
// samples. Rounding in float32 gives about 1e-6; a wrong weight, tap or channel
// gives 1e-2 and more.
const ErrorBound = 1e-4

const (
	// randomSamples are drawn of each layer besides one of every channel.
	randomSamples = 64
	// channelDraws bounds the elements drawn of one channel until one is not
	// clamped: half of a ReLU's results are.
	channelDraws = 8
	sampleSeed   = 1
)

// Report is what Verify found.
type Report struct {
	Layers  []LayerReport
	Outputs [][]float32 // the graph's, in channel-first order; nil where a layer is wrong
}

// LayerReport compares one layer of a program with float64.
type LayerReport struct {
	Name       string  // of the graph's nodes that the layer computes, joined by "+"
	Kind       string  // of the first
	Samples    int     // elements that were compared
	WorstError float64 // largest difference relative to the samples' root mean square
}

// Worst is the layer with the largest error.
func (r Report) Worst() LayerReport {
	var worst LayerReport
	for _, l := range r.Layers {
		if l.WorstError >= worst.WorstError {
			worst = l
		}
	}
	return worst
}

// Verify runs a network once and recomputes a sample of every layer's output
// in float64 from the engine's own inputs of that layer: the corners, 64 random
// elements, and of every channel at least one that is not clamped, at positions
// that a fixed seed draws. A convolution's every filter is thus part of the
// sample. It also checks that all values are finite. The error says which layer is wrong; the report is
// complete up to that layer.
func Verify(g *graph.Graph, w *weights.Set, input []float32, opt Options) (Report, error) {
	opt.keep = true
	p, err := Compile(g, w, opt)
	if err != nil {
		return Report{}, err
	}
	defer p.Close()
	if err := p.SetInput(input); err != nil {
		return Report{}, err
	}
	if err := p.Run(); err != nil {
		return Report{}, err
	}
	return p.compare(w)
}

// compare checks all layers of a program that keeps its activations, several
// at once.
func (p *Program) compare(w *weights.Set) (Report, error) {
	layers := p.net.layers
	reports, errs := make([]LayerReport, len(layers)), make([]error, len(layers))
	var next atomic.Int64
	var group sync.WaitGroup
	for range p.team.helpers + 1 {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(layers); i = int(next.Add(1)) - 1 {
				reports[i], errs[i] = p.compareLayer(w, layers[i])
			}
		})
	}
	group.Wait()
	for i, err := range errs {
		if err != nil {
			return Report{Layers: reports[:i+1]}, err
		}
	}
	r := Report{Layers: reports}
	for i := range p.outputs {
		r.Outputs = append(r.Outputs, p.Output(i))
	}
	return r, nil
}

// view reads a program's tensor as a reference tensor.
type view struct {
	tensor
	values []float32
}

func (v view) At(channel, pixel int) float64 { return float64(v.values[pixel*v.stride+channel]) }

func (p *Program) view(value int) view {
	t := p.tensors[value]
	return view{t, t.in(p.arena)}
}

func (p *Program) checkFinite(l *layer) error {
	v := p.view(l.out())
	for pixel := range v.pixels {
		for c, x := range v.values[pixel*v.stride:][:v.channels()] {
			if x-x != 0 {
				return fmt.Errorf("layer %q (%s): the output's channel %d, pixel %d is %v: the weights or the input are out of float32's range",
					l.name(), l.head().Op.Kind(), c, pixel, x)
			}
		}
	}
	return nil
}

func (l *layer) name() string {
	names := make([]string, len(l.chain))
	for i, n := range l.chain {
		names[i] = n.Name
	}
	return strings.Join(names, "+")
}

func (p *Program) compareLayer(w *weights.Set, l *layer) (LayerReport, error) {
	report := LayerReport{Name: l.name(), Kind: l.head().Op.Kind()}
	if err := p.checkFinite(l); err != nil {
		return report, err
	}
	want, err := p.recompute(w, l)
	if err != nil {
		return report, err
	}
	c := comparison{got: p.view(l.out()), want: want, clamp: epilogueOf(l)}
	c.sample()
	report.Samples, report.WorstError = c.count, c.error()
	if !(report.WorstError <= ErrorBound) {
		return report, fmt.Errorf("layer %q (%s) is wrong: its error against float64 is %.2g, and %.0e is allowed; try kernels \"portable\", and report this",
			report.Name, report.Kind, report.WorstError, ErrorBound)
	}
	return report, nil
}

// comparison collects the differences of one layer's samples.
type comparison struct {
	got  view
	want func(channel, pixel int) (head, x float64)
	// clamp has the bounds at which a result may hide errors.
	clamp epilogue

	count                int
	worst                float64 // largest difference
	squares, headSquares float64
}

// add compares one element. It returns false where a clamp may hide errors:
// the result is zero or one of the clamp's bounds.
func (c *comparison) add(channel, pixel int) (telling bool) {
	head, x := c.want(channel, pixel)
	c.count++
	c.worst = max(c.worst, math.Abs(c.got.At(channel, pixel)-x))
	c.squares += x * x
	c.headSquares += head * head
	return x != 0 && float32(x) > c.clamp.low && float32(x) < c.clamp.high
}

// sample compares corners, random elements, and of every channel random
// elements until one is not clamped.
func (c *comparison) sample() {
	channels, pixels := c.got.channels(), c.got.pixels
	for _, channel := range []int{0, channels - 1} {
		c.add(channel, 0)
		c.add(channel, pixels-1)
	}
	rng := rand.New(rand.NewPCG(sampleSeed, uint64(channels)))
	for range randomSamples {
		c.add(rng.IntN(channels), rng.IntN(pixels))
	}
	for channel := range channels {
		for range min(channelDraws, pixels) {
			if c.add(channel, rng.IntN(pixels)) {
				break
			}
		}
	}
}

// error is the largest difference relative to the root mean square; before
// clamping, if all samples were clamped to zero.
func (c *comparison) error() float64 {
	if c.worst == 0 {
		return 0
	}
	squares := c.squares
	if squares == 0 {
		squares = c.headSquares
	}
	return c.worst / math.Sqrt(squares/float64(c.count))
}

// cell is the one element that a fused node reads.
type cell struct{ value float64 }

func (c *cell) At(int, int) float64 { return c.value }

// recompute returns a function that computes one element of a layer in
// float64: after the first node, and after all nodes fused behind it.
func (p *Program) recompute(w *weights.Set, l *layer) (func(channel, pixel int) (head, x float64), error) {
	chain := make([]*reference.Element, len(l.chain))
	link := new(cell)
	for i, n := range l.chain {
		in := make([]reference.Tensor, len(n.Inputs))
		for j, v := range n.Inputs {
			if i > 0 && v == l.chain[i-1].ID {
				in[j] = link
			} else {
				in[j] = p.view(v)
			}
		}
		e, err := reference.New(p.net.g, w, n, in)
		if err != nil {
			return nil, err
		}
		chain[i] = e
	}
	return func(channel, pixel int) (float64, float64) {
		head := chain[0].At(channel, pixel)
		link.value = head
		for _, e := range chain[1:] {
			link.value = e.At(channel, pixel)
		}
		return head, link.value
	}, nil
}
