package compiler

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"edgebench/compiler/load"
)

// crossProduct is a spec whose experiment selects 100*boards*threads
// combinations: of 10 models, boards, 5 frameworks, 2 sets of optimizations and
// numbers of threads.
const crossProduct = `package study

import "list"

study: {name: "bench", title: "A cross product"}

let boards = %d

platforms: {
	for i in list.Range(0, boards, 1) {
		"board \(i)": {
			category: "bench"
			source:   "this file"
			backend:  "host"
			frameworks: ["TensorFlow", "PyTorch", "Caffe", "DarkNet", "native"]
			memory_bytes: 100_000_000 * (1 + i)
		}
	}
}

experiments: cross: {
	title:  "Everything with everything"
	metric: "time_per_inference"
	models: ["ResNet-18", "ResNet-50", "ResNet-101", "Xception", "MobileNet-v2", "Inception-v4", "AlexNet", "VGG16", "VGG19", "CifarNet"]
	targets: [{
		platforms: [for i in list.Range(0, boards, 1) {"board \(i)"}]
		frameworks: ["TensorFlow", "PyTorch", "Caffe", "DarkNet", "native"]
		optimizations: [[], ["fusion"]]
		threads: [{from: 1, to: %d}]
	}]
}
`

// BenchmarkCompile measures the whole way from CUE files to a sealed plan. It
// grows linearly if the figures for ns/combination agree, over boards as over
// threads.
func BenchmarkCompile(b *testing.B) {
	for _, size := range []struct{ combinations, boards, threads int }{
		{1_000, 1, 10}, {10_000, 5, 20}, {100_000, 20, 50}, {100_000, 1, 1000},
	} {
		b.Run(fmt.Sprintf("%d/%d-boards", size.combinations, size.boards), func(b *testing.B) {
			dir := b.TempDir()
			spec := fmt.Sprintf(crossProduct, size.boards, size.threads)
			if err := os.WriteFile(filepath.Join(dir, "study.cue"), []byte(spec), 0o644); err != nil {
				b.Fatal(err)
			}
			if _, err := load.Builtin(); err != nil { // loaded once a process
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				p, err := Compile(b.Context(), dir)
				if err != nil {
					b.Fatal(err)
				}
				if n := len(p.Jobs) + len(p.Skips); n != size.combinations {
					b.Fatalf("%d combinations, want %d", n, size.combinations)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(size.combinations), "ns/combination")
		})
	}
}

// BenchmarkBuiltin measures compiling the built-in studies, which is what each
// command does first. The catalogue itself is loaded once a process.
func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Compile(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}
