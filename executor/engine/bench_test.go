package engine

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
)

// bench reports the median latency in ms and GFLOP/s, two FLOP a multiply-add.
func bench(b *testing.B, build func(testing.TB) *graph.Graph) {
	g := build(b)
	w := weights.Seeded(g, 1)
	for _, opt := range []Options{
		{Threads: 1, Fusion: true}, {Threads: 2, Fusion: true}, {Threads: 2},
		{Threads: 1, Fusion: true, Convolution: Direct}, {Threads: 2, Fusion: true, Convolution: Direct},
		{Threads: 1, Fusion: true, Kernels: "portable"}, {Threads: 2, Fusion: true, Kernels: "portable"},
	} {
		b.Run(fmt.Sprintf("threads=%d/fusion=%v/kernels=%s/direct=%v", opt.Threads, opt.Fusion, opt.Kernels, opt.Convolution == Direct), func(b *testing.B) {
			p, err := Compile(g, w, opt)
			if err != nil {
				b.Fatal(err)
			}
			defer p.Close()
			if err := p.SetInput(weights.Input(g, 1)); err != nil {
				b.Fatal(err)
			}
			if err := p.Run(); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			var latencies []time.Duration
			for b.Loop() {
				start := time.Now()
				if err := p.Run(); err != nil {
					b.Fatal(err)
				}
				latencies = append(latencies, time.Since(start))
			}
			slices.Sort(latencies)
			median := latencies[len(latencies)/2]
			b.ReportMetric(median.Seconds()*1e3, "median-ms")
			b.ReportMetric(2*float64(g.Cost().MACs)/float64(median.Nanoseconds()), "GFLOP/s")
		})
	}
}

func BenchmarkResNet18(b *testing.B)    { bench(b, resnet18) }
func BenchmarkResNet50(b *testing.B)    { bench(b, resnet50) }
func BenchmarkMobileNetV2(b *testing.B) { bench(b, mobilenetV2) }
func BenchmarkVGG16(b *testing.B)       { bench(b, vgg16) }
func BenchmarkAlexNet(b *testing.B)     { bench(b, alexnet) }

func BenchmarkVerify(b *testing.B) {
	for _, build := range []func(testing.TB) *graph.Graph{resnet50, vgg16} {
		g := build(b)
		w, input := weights.Seeded(g, 1), weights.Input(g, 1)
		b.Run(g.Name, func(b *testing.B) {
			for b.Loop() {
				r, err := Verify(g, w, input, Options{Threads: 2, Fusion: true})
				if err != nil {
					b.Fatal(err)
				}
				b.ReportMetric(r.Worst().WorstError, "worst-error")
			}
		})
	}
}
