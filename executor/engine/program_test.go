package engine

import (
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

func TestRunAllocatesNothing(t *testing.T) {
	for _, g := range smallNetworks(t) {
		for threads := 1; threads <= 2; threads++ {
			p := start(t, g, weights.Seeded(g, 1), weights.Input(g, 1), Options{Threads: threads, Fusion: true})
			if n := testing.AllocsPerRun(10, func() { _ = p.Run() }); n != 0 {
				t.Errorf("%s on %d threads allocates %v times a run", g.Name, threads, n)
			}
		}
	}
}

func TestRunAfterClose(t *testing.T) {
	g := smallNetworks(t)[0]
	p := start(t, g, weights.Seeded(g, 1), weights.Input(g, 1), Options{Threads: 2})
	p.Close()
	p.Close()
	if err := p.Run(); err == nil {
		t.Error("a closed program runs")
	}
}

// workers counts the goroutines of all teams.
func workers() int {
	buffer := make([]byte, 1<<20)
	stacks := string(buffer[:runtime.Stack(buffer, true)])
	return strings.Count(stacks, "(*team).work(")
}

// TestCloseEndsWorkers closes a program whose workers may spin or sleep.
func TestCloseEndsWorkers(t *testing.T) {
	g := smallNetworks(t)[0]
	p := start(t, g, weights.Seeded(g, 1), weights.Input(g, 1), Options{Threads: 4, Fusion: true})
	for p.team.sleepers.Load() < 3 {
		runtime.Gosched()
	}
	if n := workers(); n != 3 {
		t.Errorf("4 threads have %d workers besides the caller", n)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	p.Close()
	if n := workers(); n != 0 {
		t.Errorf("%d workers are left after Close", n)
	}
}

func TestOneThreadHasNoWorkers(t *testing.T) {
	g := smallNetworks(t)[0]
	start(t, g, weights.Seeded(g, 1), weights.Input(g, 1), Options{Threads: 1})
	if n := workers(); n != 0 {
		t.Errorf("one thread has %d workers", n)
	}
}

// TestIdleWorkersSleep waits until all workers have parked.
func TestIdleWorkersSleep(t *testing.T) {
	g := smallNetworks(t)[0]
	p := start(t, g, weights.Seeded(g, 1), weights.Input(g, 1), Options{Threads: 3})
	for p.team.sleepers.Load() < 2 {
		runtime.Gosched()
	}
	if err := p.Run(); err != nil { // wakes them
		t.Fatal(err)
	}
	for p.team.sleepers.Load() < 2 {
		runtime.Gosched()
	}
}

// TestProgramsAtOnce runs several programs in parallel, many times each, and
// compares every result with the first.
func TestProgramsAtOnce(t *testing.T) {
	var group sync.WaitGroup
	for _, g := range smallNetworks(t) {
		group.Go(func() {
			p := start(t, g, weights.Seeded(g, 1), weights.Input(g, 1), Options{Threads: 3, Fusion: true})
			want := slices.Clone(p.Output(0))
			for range 50 {
				if err := p.Run(); err != nil {
					t.Error(err)
				}
				if !slices.Equal(p.Output(0), want) {
					t.Errorf("%s: two runs on one input differ", g.Name)
				}
			}
		})
	}
	group.Wait()
}

func TestFewerProcessorsThanThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	g := smallNetworks(t)[0]
	p := start(t, g, weights.Seeded(g, 1), weights.Input(g, 1), Options{Threads: 4, Fusion: true})
	for range 5 {
		if err := p.Run(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestSetInputReplacesTheInput(t *testing.T) {
	g := smallNetworks(t)[0]
	w := weights.Seeded(g, 1)
	p := start(t, g, w, weights.Input(g, 1), Options{Fusion: true})
	first := slices.Clone(p.Output(0))
	if err := p.SetInput(weights.Input(g, 2)); err != nil {
		t.Fatal(err)
	}
	if err := p.Run(); err != nil {
		t.Fatal(err)
	}
	if slices.Equal(p.Output(0), first) {
		t.Error("another input gives the same output")
	}
	if err := p.SetInput(make([]float32, 5)); err == nil {
		t.Error("an input of the wrong size is accepted")
	}
}

func TestMemoryBytes(t *testing.T) {
	g := resnet18(t)
	w := weights.Seeded(g, 1)
	p, err := Compile(g, w, Options{Fusion: true, Convolution: Direct})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	low, high := g.Cost().WeightBytes()*9/10, g.Cost().WeightBytes()+4*g.Cost().PeakBytes()
	if b := p.MemoryBytes(); b < low || b > high {
		t.Errorf("ResNet-18 takes %d bytes, want %d to %d", b, low, high)
	}
	tight, err := Compile(g, w, Options{Fusion: true, MaxBytes: p.MemoryBytes()})
	if err != nil || tight.MemoryBytes() > p.MemoryBytes() {
		t.Errorf("the faster convolutions are taken where there is no room for them: %v", err)
	}
	tight.Close()
	if _, err := Compile(g, w, Options{MaxBytes: 1 << 20}); err == nil || !strings.Contains(err.Error(), "1 MB are allowed") {
		t.Errorf("a program larger than its limit gives %v", err)
	}
}

// badOp is an operator that the engine does not know.
type badOp struct{ graph.Flatten }

func (badOp) Kind() string { return "bad" }

// TestCompileRefuses gives Compile graphs that nobody checked.
func TestCompileRefuses(t *testing.T) {
	valid := func() *graph.Graph {
		n := newNet(t, "small", 3, 8, 8)
		return n.Finish(n.conv(0, 4, 3, 1, 1, 1, true))
	}
	huge := func(op graph.Op, input ...int) *graph.Graph {
		n := newNet(t, "huge", input...)
		return n.Finish(n.add(op, 0))
	}
	edit := func(change func(g *graph.Graph)) *graph.Graph {
		g := valid()
		change(g)
		return g
	}
	pool := func(w graph.Window) graph.Pool { return graph.Pool{Fn: graph.MaxPool, Window: w} }
	cases := []struct {
		name string
		g    *graph.Graph
		want string
	}{
		{"no graph", nil, "needs a graph"},
		{"no nodes", &graph.Graph{}, "needs a graph"},
		{"no input", &graph.Graph{Nodes: []*graph.Node{{Op: graph.Flatten{}}}}, "must be its input"},
		{"empty input", &graph.Graph{Nodes: []*graph.Node{{Op: graph.Input{}}}}, "input:"},
		{"no outputs", edit(func(g *graph.Graph) { g.Outputs = nil }), "no outputs"},
		{"unknown output", edit(func(g *graph.Graph) { g.Outputs = []int{9} }), "not a node"},
		{"missing node", edit(func(g *graph.Graph) { g.Nodes[1] = nil }), "incomplete"},
		{"wrong id", edit(func(g *graph.Graph) { g.Nodes[1].ID = 5 }), "incomplete"},
		{"reads itself", edit(func(g *graph.Graph) { g.Nodes[1].Inputs = []int{1} }), "does not come before"},
		{"reads nothing", edit(func(g *graph.Graph) { g.Nodes[1].Inputs = nil }), "one input"},
		{"wrong shape", edit(func(g *graph.Graph) { g.Nodes[1].Shape = graph.Shape{4, 9, 9} }), "its inputs give"},
		{"wrong weights", edit(func(g *graph.Graph) {
			op := g.Nodes[1].Op.(graph.Conv)
			op.Kernel = []int{1, 3}
			g.Nodes[1].Op, g.Nodes[1].Shape = op, graph.Shape{4, 10, 8}
		}), "values of weight"},
		{"unknown operator", edit(func(g *graph.Graph) {
			g.Nodes[1].Op, g.Nodes[1].Shape = badOp{}, graph.Shape{192}
		}), "no such operator"},
		{"huge input", huge(graph.Activation{Fn: graph.ReLU}, 1<<30, 2, 4), "choose a smaller"},
		{"huge upsampling", huge(graph.Upsample{Scale: 1 << 15}, 1, 2, 2), "choose a smaller"},
		{"huge table", huge(pool(window(1<<12, 1, 1<<11)), 1, 1<<11, 1<<11), "are allowed"},
		{"window without elements", huge(pool(dims([5]int{2, 1, 4, 3, 3}, [5]int{1, 1, 1, 0, 0})), 1, 1, 1), "holds no element"},
	}
	w := weights.Seeded(valid(), 1)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Compile(c.g, w, Options{Fusion: true})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error is %v, want one with %q", err, c.want)
			}
		})
	}
}

func TestCompileRefusesOptions(t *testing.T) {
	g := smallNetworks(t)[0]
	w := weights.Seeded(g, 1)
	for _, opt := range []Options{{Threads: -1}, {Threads: math.MaxInt32}, {Kernels: "abacus"}} {
		if _, err := Compile(g, w, opt); err == nil {
			t.Errorf("options %+v are accepted", opt)
		}
	}
}
