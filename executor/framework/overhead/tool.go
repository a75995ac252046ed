package main

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"edgebench/executor/framework/install"
	"edgebench/executor/framework/python"
)

// request is what a tool is asked for: what a runner is, and how often.
type request struct {
	Files         []string `json:"files"` // of the model
	Input         string   `json:"input"` // little-endian float32
	Shape         []int    `json:"shape"` // with the batch of 1
	Threads       int      `json:"threads"`
	Optimizations []string `json:"optimizations"`
	Warmup        int      `json:"warmup"`
	Count         int      `json:"count"`
	Seconds       float64  `json:"seconds"` // that count takes, about
}

// tool is what a framework, or a benchmark around it, reports the time of an inference with.
type tool struct {
	framework     string // as the catalogue names it
	name          string
	optimizations []string        // that it has, without being asked
	own           install.Package // that it runs in; without a name it is the framework's
	// command is what to run in an environment's interpreter; scripts is where this package's own are.
	command func(python, scripts string, r request) []string
	// median reads the answer from what it printed.
	median func(printed []byte) (time.Duration, error)
}

var tools = []tool{
	{
		framework: "ONNX Runtime", name: "LoadGen, single stream", optimizations: []string{"fusion"},
		own:     loadgen,
		command: script("onnxruntime_loadgen.py"), median: scriptMedian,
	},
	{
		framework: "OpenVINO", name: "benchmark_app", optimizations: []string{"fusion"},
		command: benchmarkApp, median: benchmarkAppMedian,
	},
	{
		framework: "LiteRT", name: "bare loop", optimizations: []string{"fusion"},
		command: script("litert_loop.py"), median: scriptMedian,
	},
	{
		framework: "LiteRT", name: "litert-benchmark", optimizations: []string{"fusion"},
		command: litertBenchmark, median: litertBenchmarkMedian,
	},
	{
		framework: "PyTorch 2", name: "torch.utils.benchmark",
		command: script("torch_timer.py"), median: scriptMedian,
	},
}

func frameworkNames() (names []string) {
	for _, t := range tools {
		names = append(names, t.framework)
	}
	return slices.Compact(names)
}

//go:embed requirements.txt
var loadgenRequirements []byte

// loadgen has the ONNX Runtime that the framework's own environment has, which a test checks.
var loadgen = install.Package{
	Name: "MLPerf LoadGen", Folder: "overhead-loadgen", About: "MLPerf's load generator, with ONNX Runtime",
	Pythons: []string{"3.11", "3.12"}, Download: 40_000_000, Disk: 135_000_000,
	Machines: []string{"linux/amd64", "linux/arm64"}, Pinned: loadgenRequirements,
}

// environment is the interpreter that the tool runs in, whose packages are installed if needed.
func (t tool) environment(ctx context.Context) (string, error) {
	store, err := install.DefaultStore()
	if err != nil {
		return "", err
	}
	if t.own.Name != "" {
		tell := func(s install.Step) { fmt.Fprintf(os.Stderr, "%s: %s\n", s.Package.Name, s.Words) }
		return store.Python(t.own), store.Install(ctx, t.own, tell)
	}
	p, ok := install.ByName(t.framework)
	if !ok {
		return "", fmt.Errorf("setup has no environment of %s", t.framework)
	}
	if state, err := store.Look(p); err != nil || state != install.Ready {
		return "", fmt.Errorf("the tool of %[1]s is in the environment that `edgebench setup %[1]q` makes, which is %[2]s (%[3]v)", t.framework, state, err)
	}
	return store.Python(p), nil
}

//go:embed tools/*.py
var scripts embed.FS

// writeScripts puts the tools' own files into a folder, with the runners that they import.
func writeScripts(dir string) error {
	if err := os.CopyFS(dir, scripts); err != nil {
		return err
	}
	return python.Write(filepath.Join(dir, "tools"))
}

// script is the command of one of this package's own files.
func script(name string) func(python, scripts string, r request) []string {
	return func(python, scripts string, r request) []string {
		text, err := json.Marshal(r)
		if err != nil {
			panic(err) // it is of strings and numbers
		}
		return []string{python, filepath.Join(scripts, "tools", name), string(text)}
	}
}

// scriptMedian reads the last line that a script printed.
func scriptMedian(printed []byte) (time.Duration, error) {
	lines := bytes.Split(bytes.TrimSpace(printed), []byte("\n"))
	var told struct {
		MedianNS float64 `json:"median_ns"`
	}
	if err := json.Unmarshal(lines[len(lines)-1], &told); err != nil {
		return 0, fmt.Errorf("its last line is no answer: %w", err)
	}
	return time.Duration(told.MedianNS), nil
}

// benchmarkApp states the number format, which is bf16 otherwise on processors that have it, and the
// input's, which is u8 otherwise and would be converted in every inference.
func benchmarkApp(python, _ string, r request) []string {
	return []string{
		filepath.Join(filepath.Dir(python), "benchmark_app"), "-m", r.Files[0], "-i", r.Input, "-ip", "f32", "-d", "CPU",
		"-hint", "none", "-nstreams", "1", "-nthreads", strconv.Itoa(r.Threads), "-api", "sync",
		"-infer_precision", "f32", "-niter", strconv.Itoa(r.Count),
	}
}

// It prints microseconds where the mean is below a millisecond.
var benchmarkAppLine = regexp.MustCompile(`Median:\s+([0-9.]+) (ms|us)`)

func benchmarkAppMedian(printed []byte) (time.Duration, error) {
	return printedMedian(printed, benchmarkAppLine)
}

// printedMedian reads a median with its unit, the parts of a line.
func printedMedian(printed []byte, line *regexp.Regexp) (time.Duration, error) {
	found := line.FindSubmatch(printed)
	if found == nil {
		return 0, fmt.Errorf("it printed no median")
	}
	return time.ParseDuration(string(found[1]) + string(found[2]))
}

// litertBenchmark is of the compiled model, another interface than the interpreter that EdgeBench's
// runner has, with an input of its own.
func litertBenchmark(python, _ string, r request) []string {
	return []string{
		filepath.Join(filepath.Dir(python), "litert-benchmark"), "--model", r.Files[0], "--num_threads", strconv.Itoa(r.Threads),
		"--warmup_runs", strconv.Itoa(r.Warmup), "--num_runs", strconv.Itoa(r.Count),
	}
}

// It prints hundredths of a millisecond.
var litertBenchmarkLine = regexp.MustCompile(`Inference \(median\):\s+([0-9.]+) (ms)`)

func litertBenchmarkMedian(printed []byte) (time.Duration, error) {
	return printedMedian(printed, litertBenchmarkLine)
}

// report runs the tool and returns the median that it reports, with what its process used.
func (s side) report(ctx context.Context, scripts string, r request) (time.Duration, time.Duration, error) {
	args := s.tool.command(s.python, scripts, r)
	c := exec.CommandContext(ctx, args[0], args[1:]...)
	c.Dir = scripts
	var words strings.Builder
	c.Stderr = &words
	printed, err := c.Output()
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", s.tool.name, err, tail(words.String()+string(printed)))
	}
	median, err := s.tool.median(printed)
	if err == nil && median <= 0 {
		err = fmt.Errorf("its median is %v", median)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("%s: %w: %s", s.tool.name, err, tail(words.String()+string(printed)))
	}
	return median, c.ProcessState.UserTime() + c.ProcessState.SystemTime(), nil
}

// tail is the end of a text.
func tail(text string) string {
	const most = 1000
	text = strings.TrimSpace(text)
	return text[max(0, len(text)-most):]
}
