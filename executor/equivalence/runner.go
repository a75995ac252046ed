package equivalence

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/export/safetensors"
)

//go:embed scripts/*.py
var scripts embed.FS

// runtimeSpec is a runtime of one format.
type runtimeSpec struct {
	format  export.Format
	script  string
	install string // how to get it
}

// runtimes lists the runtimes in the order of results.
var runtimes = []runtimeSpec{
	{export.ONNX, "onnxruntime.py", "install it with `pip install onnxruntime numpy`"},
	{export.Darknet, "darknet.py", "install it with `apt-get install darknet` (Debian), or build libdarknet.so from https://github.com/pjreddie/darknet"},
	{export.Caffe, "opencv.py", "install OpenCV with `apt-get install python3-opencv` (Debian), or `pip install 'opencv-python-headless<5' numpy`"},
}

func runtimeOf(f export.Format) (runtimeSpec, bool) {
	for _, r := range runtimes {
		if r.format == f {
			return r, true
		}
	}
	return runtimeSpec{}, false
}

// runner runs the script of one runtime.
type runner struct {
	runtimeSpec
	looked bool
	python string // interpreter that has the runtime
	name   string // of the runtime, with its version
	err    error  // why there is none
}

const (
	probeTimeout = time.Minute
	// killDelay is how long a killed process's output is still waited for.
	killDelay = 5 * time.Second
	fileMode  = 0o644
	// PythonVariable is the environment's name of the interpreter.
	PythonVariable = "EDGEBENCH_PYTHON"
)

// pythons lists the interpreters to try.
func pythons() []string {
	if p := os.Getenv(PythonVariable); p != "" {
		return []string{p}
	}
	return []string{"python3", "/usr/bin/python3"}
}

// find looks for an interpreter that has the runtime, once.
func (r *runner) find(ctx context.Context) error {
	if r.looked {
		return r.err
	}
	r.looked = true
	for _, python := range pythons() {
		if r.err = r.probe(ctx, python); r.err == nil {
			return nil
		}
	}
	return r.err
}

func (r *runner) probe(ctx context.Context, python string) error {
	dir, err := os.MkdirTemp("", "edgebench-probe-*")
	if err != nil {
		return err
	}
	out, err := r.execute(ctx, probeTimeout, python, dir, "--probe")
	if err := errors.Join(err, os.RemoveAll(dir)); err != nil {
		return fmt.Errorf("%s: %w", python, err)
	}
	var answer struct{ Name string }
	if err := json.Unmarshal(out, &answer); err != nil {
		return fmt.Errorf("%s answered %q", python, out)
	}
	r.python, r.name = python, answer.Name
	return nil
}

// request is what a script is asked.
type request struct {
	Files    []string `json:"files"`
	Input    string   `json:"input"`
	Shape    []int    `json:"shape"` // with the batch of 1
	Output   string   `json:"output"`
	Outputs  []string `json:"outputs"`
	Elements int64    `json:"elements"` // of all outputs
}

// run runs a model and returns its outputs one after another.
func (r *runner) run(ctx context.Context, limit time.Duration, dir string, m *model, exported *export.Result) ([]float32, error) {
	ask := request{
		Input: filepath.Join(dir, "input.f32"), Output: filepath.Join(dir, "output.f32"),
		Shape: append([]int{1}, m.graph.Input()...), Outputs: exported.Outputs, Elements: m.elements(),
	}
	for _, f := range exported.Files {
		ask.Files = append(ask.Files, f.Path)
	}
	var input bytes.Buffer
	if err := safetensors.WriteFloats(&input, m.input); err != nil {
		return nil, err
	}
	if err := os.WriteFile(ask.Input, input.Bytes(), fileMode); err != nil {
		return nil, err
	}
	question, err := json.Marshal(ask)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "request.json")
	if err := os.WriteFile(path, question, fileMode); err != nil {
		return nil, err
	}
	if _, err := r.execute(ctx, limit, r.python, dir, path); err != nil {
		return nil, err
	}
	return r.read(ask)
}

func (r *runner) read(ask request) ([]float32, error) {
	data, err := os.ReadFile(ask.Output)
	if err != nil {
		return nil, fmt.Errorf("%s wrote no output: %w", r.name, err)
	}
	const floatBytes = 4
	if int64(len(data)) != floatBytes*ask.Elements {
		return nil, fmt.Errorf("%s wrote %d bytes of output, and the model has %d", r.name, len(data), floatBytes*ask.Elements)
	}
	return safetensors.ReadFloats(bytes.NewReader(data), ask.Elements)
}

// execute runs the script, which it puts into dir, and returns what it prints.
func (r *runner) execute(ctx context.Context, limit time.Duration, python, dir, argument string) ([]byte, error) {
	code, err := scripts.ReadFile("scripts/" + r.script)
	if err != nil {
		return nil, err
	}
	// Note: not a module's name, which the script's import would find first.
	path := filepath.Join(dir, "edgebench_"+r.script)
	if err := os.WriteFile(path, code, fileMode); err != nil {
		return nil, err
	}
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	command := exec.CommandContext(limited, python, path, argument)
	command.Dir, command.WaitDelay = dir, killDelay
	var out, messages bytes.Buffer
	command.Stdout, command.Stderr = &out, &messages
	err = command.Run()
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case limited.Err() != nil:
		return nil, fmt.Errorf("it did not end within %v: allow more with --timeout", limit)
	case err != nil:
		return nil, explain(err, messages.String())
	}
	return out.Bytes(), nil
}

// maxMessage bounds how much of a script's last words stand in an error.
const maxMessage = 500

// explain adds what a failed process said last: the last line that speaks of an
// error, or the last one.
func explain(err error, messages string) error {
	lines := strings.Split(strings.TrimSpace(messages), "\n")
	last := lines[len(lines)-1]
	for _, line := range lines {
		if strings.Contains(line, "rror") {
			last = line
		}
	}
	if last = strings.TrimSpace(last); last == "" {
		return err
	}
	return fmt.Errorf("%.*s (%w)", maxMessage, last, err)
}
